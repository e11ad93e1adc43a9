import { execFileSync } from 'node:child_process';
import { SBOM_FILE, systemNodeName, targetName } from '@nx-linuxkit/stages/plan';
import {
  attestedIndex,
  randomImage,
  startMemoryRegistry,
  type MemoryRegistry,
  type TestEntry,
} from '@nx-linuxkit/testing';
import { ProgramFolder } from './command/program.js';
import { smallYaml } from './graph/system-yaml.js';
import { Workspace } from './workspace/workspace.js';

const SCAN = {
  spdxVersion: 'SPDX-2.3',
  packages: [{ SPDXID: 'SPDXRef-lib', name: 'lib', versionInfo: '1.0', downloadLocation: 'NONE' }],
};
const NODE = `${systemNodeName('my-os', 'sbom')}:${targetName('sbom', {})}`;

const imageWith = (seed: number, entries: readonly TestEntry[]) =>
  randomImage(seed, { layers: [{ entries }] });
const inTar = (tar: string) =>
  execFileSync('tar', ['--warning=no-unknown-keyword', '-xOf', tar, SBOM_FILE], { encoding: 'utf8' });
const namesIn = (text: string) =>
  (JSON.parse(text) as { packages: { name: string }[] }).packages.map(({ name }) => name);

describe('the bill of materials of a system', () => {
  let registry: MemoryRegistry;
  let workspace: Workspace;
  let folder: ProgramFolder;
  const image = (name: string) => `${registry.host}/${name}:1`;
  const yaml = (env = 'A=1') =>
    smallYaml(image('init'), {
      more: `services:\n  - {name: web, image: "${image('web')}", env: [${env}]}\n`,
    });
  const dist = () => workspace.path('dist/my-os/tar/my-os.tar');

  beforeAll(async () => {
    registry = await startMemoryRegistry();
    registry.add('init', '1', await imageWith(1, [{ name: 'bin/init', body: 'init' }]));
    const web = await imageWith(2, [{ name: 'bin/web', body: 'web' }]);
    registry.add('web', '1', attestedIndex(web, [{ predicate: SCAN }]));
    workspace = await Workspace.create({
      files: { 'my-os/linuxkit.yml': yaml(), 'my-os/project.json': '{"name":"my-os"}' },
      plugin: { sbom: true },
    });
    await workspace.succeed('lock', 'my-os');
    folder = await ProgramFolder.create({
      'my-os.yml': yaml(),
      'my-os.lock.json': workspace.read('my-os/linuxkit.lock.json'),
    });
  });
  afterAll(async () => {
    folder?.remove();
    await workspace?.stop();
    await registry?.stop();
  });

  it('is a node of the graph, and lists images and what is attached to them', async () => {
    const run = await workspace.succeed('build', 'my-os');
    expect(run.ran).toContain(NODE);
    expect(namesIn(inTar(dist()))).toEqual(['root file system', image('init'), image('web'), 'lib']);
  });

  it('the command writes it by default, with the bytes of the graph', async () => {
    await folder.sh('$LINUXKIT build --arch amd64 --format tar my-os.yml');
    const [ours, graph] = [folder.path('my-os.tar'), dist()];
    expect(() => execFileSync('cmp', [ours, graph])).not.toThrow();
    await folder.sh('$LINUXKIT build --arch amd64 --format tar --no-sbom my-os.yml');
    expect(() => execFileSync('cmp', ['-s', ours, graph])).toThrow();
  });

  it('is not made again for an env, nor asked for again without a registry', async () => {
    await registry.stop();
    const before = inTar(dist());
    workspace.edit('my-os/linuxkit.yml', (text) => text.replace('A=1', 'A=2'));
    const run = await workspace.succeed('build', 'my-os');
    expect(run.ran).not.toContain(NODE);
    expect(inTar(dist())).toBe(before);
    workspace.remove('.linuxkit', 'dist');
    workspace.emptyNxCache();
    expect((await workspace.succeed('build', 'my-os')).ran).toContain(NODE);
    expect(inTar(dist())).toBe(before);
  });
});
