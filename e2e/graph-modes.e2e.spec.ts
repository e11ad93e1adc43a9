import { readdirSync } from 'node:fs';
import { pushTo, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { pushSystem, systemImage } from './graph/images.js';
import { smallYaml } from './graph/system-yaml.js';
import { sampleOf } from './sample.js';
import { Workspace, type WorkspaceOptions } from './workspace/workspace.js';

const MODES: readonly (readonly [string, WorkspaceOptions])[] = [
  ['with the daemon', { daemon: true }],
  ['without batches', { batch: false }],
  ['with the oldest Nx', { nx: 'oldest' }],
  ['with the oldest Nx and its daemon', { nx: 'oldest', daemon: true }],
];

const YAML = 'apps/my-os/linuxkit.yml';
const TAR = 'dist/apps/my-os/tar/my-os.tar';

/** The sample has the daemon with the current Nx, and the oldest Nx without it. */
const modes = sampleOf(MODES, ([, { nx, daemon }]) => !(nx && daemon));

/** The main cases of the graph, in each way in which Nx runs tasks. */
describe.each(modes)('the graph %s', (_, options) => {
  let registry: TestRegistry;
  let workspace: Workspace;
  const build = () => workspace.succeed('build', 'my-os');
  const tar = () => workspace.bytes(TAR).toString('latin1');
  const LAST = ['my-os:tar', 'my-os@initramfs:initramfs', 'my-os@oci-config:oci-config'];

  beforeAll(async () => {
    registry = await startRegistry();
    await pushSystem(registry, ['init', 'web']);
    workspace = await Workspace.create({
      ...options,
      files: {
        [YAML]: smallYaml(`${registry.host}/init:1`, {
          services: [{ name: 'web', image: `${registry.host}/web:1` }],
          files: ['tracked.txt', 'generated.txt'],
        }),
        'apps/my-os/tracked.txt': 'tracked 1',
        'apps/my-os/generated.txt': 'generated 1',
        '.gitignore': 'node_modules\n.nx\n.linuxkit\ndist\ngenerated.txt\n',
      },
    });
    await workspace.succeed('lock', 'my-os');
    workspace.commit();
  });
  afterAll(async () => {
    await workspace?.stop();
    await registry?.stop();
  });

  it('builds, and then runs nothing', async () => {
    expect((await build()).executed).toHaveLength(10);
    registry.log.clear();
    const again = await build();
    // Nx 24 and newer hash a git-ignored file. Older versions do not cache the tasks that read it.
    expect(again.executed).toEqual(options.nx === 'oldest' ? ['my-os:tar', 'my-os@initramfs:initramfs'] : []);
    expect(registry.log.requests).toEqual([]);
  });

  it('runs again the tasks that a stanza decides', async () => {
    workspace.edit('apps/my-os/linuxkit.yml', (text) =>
      text.replace('name: web', 'name: web\n    env: [A=1]'),
    );
    expect((await build()).executed).toEqual(LAST);
  });

  it('runs again the tasks that a digest decides', async () => {
    await pushTo(registry, await systemImage('web', 2), 'web:1');
    await workspace.succeed('lock', 'my-os', '--update');
    registry.log.clear();
    const run = await build();
    const web = ['oci@web@services:segment', 'oci@web:extract-image', 'oci@web:pull-image'];
    expect(run.executed).toEqual([...LAST, ...web].sort());
    expect(registry.log.blobGets()).toHaveLength(2);
    expect(run.partsMade).toBe(1);
  });

  it.each(['tracked', 'generated'])('has the new bytes of a file that is %s', async (name) => {
    workspace.write({ [`apps/my-os/${name}.txt`]: `${name} 2` });
    expect((await build()).executed).toEqual(['my-os:tar', 'my-os@initramfs:initramfs']);
    expect(tar()).toContain(`${name} 2`);
  });

  it('has the right bytes again after an artefact and a stage were damaged', async () => {
    const wanted = workspace.bytes(TAR);
    workspace.edit(YAML, (text) => text.replace('A=1', 'A=2'));
    await build();
    workspace.write({ [TAR]: 'damaged' });
    const images = readdirSync(workspace.path('.linuxkit/images'));
    for (const image of images)
      workspace.write({ [`.linuxkit/images/${image}/extract/tree.json`]: '{"damaged":1}' });
    workspace.edit(YAML, (text) => text.replace('A=2', 'A=1'));
    await build();
    expect(workspace.bytes(TAR).equals(wanted)).toBe(true);
  });
});
