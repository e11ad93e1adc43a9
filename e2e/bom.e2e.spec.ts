import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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

const VEX = {
  ...{ '@context': 'https://openvex.dev/ns/v0.2.0', '@id': 'https://example.org/vex', author: 'me' },
  ...{ timestamp: '2025-01-01T00:00:00Z', version: 1 },
  statements: [
    {
      vulnerability: { name: 'CVE-2024-2' },
      products: [{ '@id': 'my-os', subcomponents: [{ '@id': 'pkg:deb/debian/libssl3' }] }],
      status: 'not_affected',
      justification: 'inline_mitigations_already_exist',
    },
  ],
};
const TRACKER = {
  openssl: Object.fromEntries(
    ['CVE-2024-1', 'CVE-2024-2'].map((id) => [
      id,
      { releases: { bookworm: { status: 'resolved', fixed_version: '3.0.2-1', urgency: 'high' } } },
    ]),
  ),
};
const FILES = ['cdx', 'provenance', 'spdx', 'vex'].map((kind) => `my-os.${kind}.json`);
const documents = () => FILES.map((file) => workspace.read(`dist/my-os/sbom/${file}`));

test('sbom writes valid documents beside the formats, the same in a second run', async () => {
  workspace.write({ 'my-os/my-os.vex.json': JSON.stringify(VEX) });
  const { output } = await workspace.succeed('sbom', 'my-os');
  expect(output).toContain('images: 2, packages: 2; wrote dist/my-os/sbom/my-os.cdx.json, ');
  const first = documents();
  const [cycloneDx, provenance, spdx, vex] = first.map((text) => JSON.parse(text)) as Json[];
  const schema = join(__dirname, '../packages/sbom/src/__fixtures__/spdx-2.3.schema.json');
  const isSpdx = new Ajv().compile(JSON.parse(readFileSync(schema, 'utf8')));
  isSpdx(spdx);
  expect(isSpdx.errors).toBeNull();
  expect(cycloneDx.specVersion).toBe('1.6');
  const packages = cycloneDx.components[1].components;
  expect(packages.map(({ purl }: Json) => purl)).toEqual([
    'pkg:deb/debian/libssl3@3.0.1-1?arch=amd64&distro=debian-12&upstream=openssl',
    'pkg:npm/left-pad@1.0.0',
  ]);
  expect(cycloneDx.vulnerabilities[0]).toMatchObject({
    id: 'CVE-2024-2',
    affects: [{ ref: packages[0]['bom-ref'] }],
  });
  expect(vex).toEqual(VEX);
  const made = workspace.path('dist/my-os', provenance.subject[0].name);
  const sha256 = createHash('sha256').update(readFileSync(made)).digest('hex');
  expect(provenance.subject[0].digest).toEqual({ sha256 });
  expect(provenance.predicate.buildDefinition.resolvedDependencies.map(({ name }: Json) => name)).toEqual([
    'my-os/linuxkit.lock.json',
    'my-os/linuxkit.yml',
    `${registry.host}/init:1`,
    `${registry.host}/web:1`,
  ]);
  workspace.remove('dist/my-os/sbom');
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

test('scan fails by severity after it has said all, and VEX silences with its reason', async () => {
  workspace.write({ 'my-os/my-os.vex.json': JSON.stringify(VEX), 'tracker.json': JSON.stringify(TRACKER) });
  const failed = await workspace.nx(
    'scan',
    'my-os',
    '--with=tracker.json',
    '--fail-on=high',
    '--outputFile=scan.json',
  );
  expect(failed.output).toMatch(
    /high +CVE-2024-1 {2}libssl3 3\.0\.1-1 \(source openssl 3\.0\.1-1\): fixed in 3\.0\.2-1/,
  );
  expect(failed.output).toMatch(/CVE-2024-2 .*: not_affected, inline_mitigations_already_exist/);
  expectOneError(
    failed,
    'my-os has vulnerabilities of severity high or higher: CVE-2024-1 in libssl3 3.0.1-1',
  );
  expect(JSON.parse(workspace.read('scan.json')).findings).toHaveLength(2);
  await workspace.succeed('scan', 'my-os', '--with=tracker.json', '--fail-on=critical');
});

test.each([
  [['licenses', 'my-os', '--allow=GPL-2.0-onl'], 'did you mean GPL-2.0-only?'],
  [['scan', 'my-os'], 'expected the option `with` to name the file of a feed'],
  [['scan', 'my-os', '--with=gone.json'], 'there is no feed gone.json'],
  [['scan', 'my-os', '--with=nx.json'], 'nx.json is no feed that can be read'],
  [['scan', 'my-os', '--with=nx.json', '--fail-on=much'], 'the option fail-on is "much"'],
  [['sbom', 'my-os', '--vex=gone.json'], 'cannot read the VEX document gone.json'],
  [['sbom', 'my-os', '--vex=nx.json'], 'nx.json:1:1: this is no OpenVEX document'],
  [['sbom', 'my-os', '--builderId=me'], 'the option builderId is "me", expected a URI'],
])('%j is refused', async (words, message) => expectOneError(await workspace.nx(...words), message));
