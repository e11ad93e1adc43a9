import { pushTo, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { pushSystem, systemImage } from './graph/images.js';
import { systemYaml, type SystemYaml } from './graph/system-yaml.js';
import { Workspace } from './workspace/workspace.js';

const YAML = 'apps/my-os/linuxkit.yml';
const INITRD = 'dist/apps/my-os/kernel+initrd/my-os-initrd.img';

/** All stages of the system of `systemYaml`. */
const EVERYTHING = [
  ...['init', 'kernel', 'runc', 'sysctl', 'web'].flatMap((word) => [
    `oci@${word}:extract-image`,
    `oci@${word}:pull-image`,
  ]),
  'oci@init@init:segment',
  'oci@runc@init:segment',
  'my-os@initramfs:initramfs',
  'my-os@oci-config:oci-config',
  'oci@kernel@kernel:segment',
  'oci@sysctl@onboot-000:segment',
  'oci@web@services:segment',
  'my-os@verify:verify-images',
  'my-os:kernel+initrd',
].sort();

/** The stages that depend on all containers. */
const LAST_STAGES = [
  'my-os@initramfs:initramfs',
  'my-os@oci-config:oci-config',
  'my-os:kernel+initrd',
].sort();

describe('what a change runs again', () => {
  let registry: TestRegistry;
  let workspace: Workspace;
  let yaml: SystemYaml = {};

  /** Adds a change to the earlier ones, so that each change costs one build. */
  const change = (more: SystemYaml) => {
    yaml = { ...yaml, ...more };
    workspace.write({ [YAML]: systemYaml(registry.host, yaml) });
  };

  beforeAll(async () => {
    registry = await startRegistry();
    await pushSystem(registry);
    workspace = await Workspace.create({ files: { [YAML]: systemYaml(registry.host) } });
    await workspace.succeed('lock', 'my-os');
    workspace.commit();
  });
  afterAll(async () => {
    await workspace?.stop();
    await registry?.stop();
  });
  beforeEach(() => registry.log.clear());

  it('the first build runs every stage once', async () => {
    const run = await workspace.succeed('build', 'my-os');
    expect(run.executed).toEqual(EVERYTHING);
  });

  it('the second build runs nothing', async () => {
    const run = await workspace.succeed('build', 'my-os');
    expect(run.ran).toEqual([]);
    expect(run.cached).toEqual([...EVERYTHING, 'my-os:build'].sort());
    expect(run.output).toContain('kernel+initrd: dist/apps/my-os/kernel+initrd');
    expect(registry.log.requests).toEqual([]);
  });

  it('a second clone runs nothing and has the same bytes, without a store too', async () => {
    const clone = await workspace.clone({ store: false });
    const run = await clone.succeed('build', 'my-os');
    expect(run.ran).toEqual([]);
    expect(clone.bytes(INITRD).equals(workspace.bytes(INITRD))).toBe(true);
    expect(registry.log.requests).toEqual([]);
  });

  it('a comment runs no stage, only the check of `build` that all formats are there', async () => {
    change({ more: '# a comment\n' });
    expect((await workspace.succeed('build', 'my-os')).ran).toEqual(['my-os:build']);
  });

  it('an env makes the configs, the initramfs and the formats again', async () => {
    change({ env: 'A=2' });
    const run = await workspace.succeed('build', 'my-os');
    expect(run.executed).toEqual(LAST_STAGES);
    expect(run.partsMade).toBe(0);
  });

  it('a new top layer under the tag fetches one layer and makes one part', async () => {
    const image = await systemImage('web', 2);
    await pushTo(registry, image, 'web:1');
    await workspace.succeed('lock', 'my-os', '--update');
    registry.log.clear();
    const run = await workspace.succeed('build', 'my-os');
    const web = ['oci@web@services:segment', 'oci@web:extract-image', 'oci@web:pull-image'];
    expect(run.executed).toEqual([...LAST_STAGES, ...web].sort());
    const gets = registry.log.blobGets().map(({ path }) => path.split('/').pop());
    const wanted = [image.config, image.layers[2]].map(({ descriptor }) => descriptor.digest);
    expect(gets.sort()).toEqual(wanted.sort());
    expect(run.partsMade).toBe(1);
  });

  it('a new service leaves the segments of the others', async () => {
    change({ services: [{ name: 'clock', image: `${registry.host}/clock:1` }] });
    await workspace.succeed('lock', 'my-os');
    const run = await workspace.succeed('build', 'my-os');
    const clock = ['oci@clock@services:segment', 'oci@clock:extract-image', 'oci@clock:pull-image'];
    expect(run.executed).toEqual([...LAST_STAGES, ...clock].sort());
  });

  it('a service of an image that is there already makes no segment', async () => {
    const services = [...(yaml.services ?? []), { name: 'clock2', image: `${registry.host}/clock:1` }];
    change({ services });
    expect((await workspace.succeed('build', 'my-os')).executed).toEqual(LAST_STAGES);
  });

  it('a new entry in outputs makes that format alone', async () => {
    change({ outputs: ['kernel+initrd', 'tar'] });
    const run = await workspace.succeed('build', 'my-os');
    expect(run.ran).toEqual(['my-os:build', 'my-os:tar']);
    expect(run.output).toContain('tar: dist/apps/my-os/tar');
  });

  it('a new command line runs the formats alone', async () => {
    workspace.edit(YAML, (text) => text.replace('console=ttyS0', 'console=ttyS0 quiet'));
    const run = await workspace.succeed('build', 'my-os');
    expect(run.executed).toEqual(['my-os:kernel+initrd', 'my-os:tar']);
    expect(workspace.read('dist/apps/my-os/kernel+initrd/my-os-cmdline')).toBe('console=ttyS0 quiet');
  });

  it('a new version of a stage runs the stage and all that depends on it', async () => {
    const files = ['@nx-linuxkit/stages/dist/stages.js', 'nx-linuxkit/dist/inference/bundle.js'];
    for (const file of files.map((name) => `node_modules/${name}`)) {
      const text = workspace.read(file).replace(/segment: \{ version: (\d+)/, 'segment: { version: 1$1');
      // The file is a hard link to that of other workspaces, so it is replaced and not written in place.
      workspace.remove(file);
      workspace.write({ [file]: text });
    }
    const run = await workspace.succeed('build', 'my-os');
    expect(run.executed).toEqual(
      [
        'oci@init@init:segment',
        'oci@runc@init:segment',
        'my-os@initramfs:initramfs',
        'oci@kernel@kernel:segment',
        'oci@sysctl@onboot-000:segment',
        'oci@clock@services:segment',
        'oci@web@services:segment',
        'my-os:kernel+initrd',
        'my-os:tar',
      ].sort(),
    );
  });
});
