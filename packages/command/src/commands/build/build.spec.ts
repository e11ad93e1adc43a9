import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attestedIndex, layoutOf, randomImage, startMemoryRegistry } from '@nx-linuxkit/testing';
import { call, type Called } from '../../__tests__/call.js';

const SCAN = {
  spdxVersion: 'SPDX-2.3',
  packages: [{ SPDXID: 'SPDXRef-lib', name: 'lib', downloadLocation: 'NONE' }],
};

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-build-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const attested = async () => attestedIndex(await randomImage(1), [{ predicate: SCAN }]);
const yaml = (text: string) => writeFileSync(join(folder, 'os.yml'), text);
const build = (...flags: string[]): Promise<Called> =>
  call(folder, ['build', '--arch', 'amd64', '--format', 'tar', ...flags, 'os.yml']);
const sbom = (path = 'sbom.spdx.json') =>
  JSON.parse(
    execFileSync('tar', ['--warning=no-unknown-keyword', '-xOf', join(folder, 'os.tar'), path], {
      encoding: 'utf8',
    }),
  );
const namesIn = ({ packages }: { packages: { name: string }[] }) => packages.map(({ name }) => name);
const members = () =>
  execFileSync('tar', ['-tf', join(folder, 'os.tar')], { encoding: 'utf8', stdio: 'pipe' });

describe('the bill of materials', () => {
  beforeEach(() => yaml('files: [{path: a, contents: x}]\n'));

  it('is written unless --no-sbom says otherwise, and is always the same', async () => {
    expect(await build()).toMatchObject({ code: 0 });
    const tar = readFileSync(join(folder, 'os.tar'));
    expect(namesIn(sbom())).toEqual(['root file system']);
    rmSync(join(folder, 'cache'), { recursive: true });
    await build();
    expect(readFileSync(join(folder, 'os.tar')).equals(tar)).toBe(true);
    await build('--no-sbom');
    expect(members()).not.toContain('sbom');
  });

  it('lies where --sbom-output says', async () => {
    await build('--sbom-output', '/usr/share/sbom.json');
    expect(namesIn(sbom('usr/share/sbom.json'))).toHaveLength(1);
    expect(members()).not.toContain('sbom.spdx.json');
  });

  it('has the time of the build with --sbom-current-time alone', async () => {
    await build();
    expect(sbom().creationInfo.created).toBe('2017-04-18T16:30:00Z');
    const before = Math.floor(Date.now() / 1000) * 1000;
    await build('--sbom-current-time');
    const time = Date.parse(sbom().creationInfo.created);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
  });

  it('a path that is none is one error, and nothing is written', async () => {
    const { code, log } = await build('--sbom-output', '../x');
    expect(code).toBe(1);
    expect(log).toContain('--sbom-output: expected the path of a file in the root file system, got "../x"');
    expect(readdirSync(folder)).not.toContain('os.tar');
  });
});

it('a name with folders is a path below --dir', async () => {
  yaml('files: [{path: a, contents: x}]\n');
  expect(await build('--dir', 'out', '--name', 'lts/hook')).toMatchObject({ code: 0 });
  expect(await build('--name', '')).toMatchObject({ code: 0 });
  expect(readdirSync(join(folder, 'out/lts'))).toEqual(['hook.tar']);
  expect(readdirSync(folder).filter((name) => name.endsWith('.tar'))).toEqual(['os.tar']);
});

it.each([[[]], [['--platform', 'linux/amd64']]])(
  'an image that was pulled with %j has its attestations without a network',
  async (flags) => {
    const registry = await startMemoryRegistry();
    const name = `${registry.host}/app:1`;
    registry.add('app', '1', await attested());
    yaml(`init: ['${name}']\n`);
    await call(folder, ['cache', 'pull', ...flags, name]);
    await registry.stop();
    expect(await build()).toMatchObject({ code: 0 });
    expect(namesIn(sbom())).toEqual(['root file system', name, 'lib']);
  },
);

it('an image of LinuxKit’s own cache brings its attestations, which no registry may have', async () => {
  layoutOf([{ name: 'docker.io/our/app:1', image: await attested() }], join(folder, '.linuxkit/cache'));
  yaml('init: [our/app:1]\n');
  expect(await build()).toMatchObject({ code: 0 });
  expect(namesIn(sbom())).toEqual(['root file system', 'docker.io/our/app:1', 'lib']);
});
