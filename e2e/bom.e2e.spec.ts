import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Ajv from 'ajv';
import { pushTo, randomImage, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { systemImage } from './graph/images.js';
import { smallYaml } from './graph/system-yaml.js';
import { expectOneError } from './workspace/expect-one-error.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

type Json = ReturnType<typeof JSON.parse>;

const RECORDS = [
  { name: 'etc/os-release', body: 'ID=debian\nVERSION_ID="12"\n' },
  {
    name: 'var/lib/dpkg/status',
    body: 'Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl\nVersion: 3.0.1-1\n',
  },
  { name: 'usr/share/doc/libssl3/copyright', body: 'See /usr/share/common-licenses/Apache-2.0.' },
  {
    name: 'app/package-lock.json',
    body: JSON.stringify({ packages: { 'node_modules/left-pad': { version: '1.0.0', license: 'WTFPL' } } }),
  },
];

let registry: TestRegistry;
let workspace: Workspace;

beforeAll(async () => {
  registry = await startRegistry();
  await pushTo(registry, await systemImage('init'), 'init:1');
  await pushTo(registry, await randomImage(3, { layers: [{ entries: RECORDS }] }), 'web:1');
  workspace = await Workspace.create({ env: IN_PROCESS });
  const more = `services:\n  - {name: web, image: "${registry.host}/web:1"}\n`;
  workspace.write({ 'my-os/linuxkit.yml': smallYaml(`${registry.host}/init:1`, { more }) });
  await workspace.succeed('lock', 'my-os');
});
afterAll(async () => {
  await workspace?.stop();
  await registry?.stop();
});

const documents = () =>
  ['my-os.cdx.json', 'my-os.spdx.json'].map((file) => workspace.read(`dist/my-os/sbom/${file}`));

test('sbom writes valid documents beside the formats, the same in a second run', async () => {
  const { output } = await workspace.succeed('sbom', 'my-os');
  expect(output).toContain(
    '2 images, 2 packages; wrote dist/my-os/sbom/my-os.cdx.json, dist/my-os/sbom/my-os.spdx.json',
  );
  const first = documents();
  const [cycloneDx, spdx] = first.map((text) => JSON.parse(text)) as Json[];
  const schema = join(__dirname, '../packages/sbom/src/__fixtures__/spdx-2.3.schema.json');
  const isSpdx = new Ajv().compile(JSON.parse(readFileSync(schema, 'utf8')));
  isSpdx(spdx);
  expect(isSpdx.errors).toBeNull();
  expect(cycloneDx.specVersion).toBe('1.6');
  expect(cycloneDx.components[1].components.map(({ purl }: Json) => purl)).toEqual([
    'pkg:deb/debian/libssl3@3.0.1-1?arch=amd64&distro=debian-12&upstream=openssl',
    'pkg:npm/left-pad@1.0.0',
  ]);
  workspace.remove(dirname('dist/my-os/sbom/x'));
  await workspace.succeed('sbom', 'my-os');
  expect(documents()).toEqual(first);
});

test('licenses groups packages, and fails for what is denied after it has said all', async () => {
  await workspace.succeed('licenses', 'my-os', '--outputFile=licenses.json');
  const { licenses, unknown } = JSON.parse(workspace.read('licenses.json'));
  expect(licenses.map(({ license }: Json) => license)).toEqual(['Apache-2.0', 'WTFPL']);
  expect(unknown).toEqual([]);
  const refused = await workspace.nx('licenses', 'my-os', '--deny=WTFPL');
  expect(refused.output).toContain('Apache-2.0 (1):');
  expectOneError(refused, 'my-os has packages whose licences are refused: left-pad 1.0.0 (WTFPL)');
});

test('a licence that SPDX does not know is refused with the one that was meant', async () => {
  expectOneError(
    await workspace.nx('licenses', 'my-os', '--allow=GPL-2.0-onl'),
    'did you mean GPL-2.0-only?',
  );
});
