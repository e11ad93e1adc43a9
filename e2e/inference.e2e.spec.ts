import { pushTo, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { pushSystem, systemImage } from './graph/images.js';
import { smallYaml } from './graph/system-yaml.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

/** One workspace with many things that users have beside our files. They may not disturb each other. */
describe('inference in a workspace that has everything', () => {
  let registries: readonly TestRegistry[];
  let workspace: Workspace;
  let image: string;
  let other: string;
  const tar = (path: string) => workspace.bytes(`dist/${path}.tar`).toString('latin1');

  beforeAll(async () => {
    registries = [await startRegistry(), await startRegistry()];
    await pushSystem(registries[0], ['init', 'web']);
    await pushTo(registries[1], await systemImage('web', 7), 'web:1');
    [image, other] = registries.map(({ host }) => host);
    const init = `${image}/init:1`;
    const web = `${image}/web:1`;
    workspace = await Workspace.create({
      env: IN_PROCESS,
      // These are the defaults that Nx's own templates write, without our named input.
      nxJson: {
        namedInputs: { default: ['{projectRoot}/**/*'], production: ['default'] },
        targetDefaults: {
          build: { dependsOn: ['^build'], inputs: ['production', '^production'], cache: true },
        },
      },
      files: {
        'apps/pair/linuxkit.yml': smallYaml(init, { services: [{ name: 'web', image: web }] }),
        'apps/pair/debug.linuxkit.yaml': smallYaml(init, { files: ['debug.txt'] }),
        'apps/pair/debug.txt': 'debug',
        'apps/same/linuxkit.yml': smallYaml(init),
        'systems/same/linuxkit.yml': smallYaml(init),
        'apps/names/linuxkit.yml': `onboot:
  - name: web
    image: ${web}
services:
  - name: initramfs
    image: ${init}
  - name: web
    image: ${other}/web:1
outputs:
  - format: tar
`,
        'apps/own/linuxkit.yml': smallYaml(init),
        'apps/own/project.json': JSON.stringify({
          name: 'own-name',
          tags: ['mine'],
          targets: {
            deploy: { dependsOn: ['tar'], command: 'cp dist/apps/own/tar/own-name.tar deployed.tar' },
            boot: { options: { memory: 2048 } },
            'by-hand': {
              executor: 'nx-linuxkit:build',
              options: { file: 'apps/own/linuxkit.yml', formats: ['tar'] },
            },
          },
        }),
        'apps/broken/linuxkit.yml': 'init:\n  - a:1\nservcies: []\n',
        '.github/workflows/build.yml': 'on: push\njobs: {}\n',
        'ci/build.yml': 'image: node:22\nscript: [make]\n',
        'libs/plain/package.json': '{"name":"plain","scripts":{"build":"echo plain was built"}}',
        'package.json': '{"name":"workspace","private":true,"workspaces":["libs/*"]}',
      },
    });
    await workspace.succeed('g', 'nx-linuxkit:init');
    await workspace.succeed('run-many', '-t', 'lock', '--exclude=broken');
    workspace.commit();
  });
  afterAll(async () => {
    await workspace?.stop();
    await Promise.all(registries?.map((registry) => registry.stop()) ?? []);
  });

  const show = async (...args: string[]) => {
    const { output } = await workspace.succeed('show', 'projects', '--json', ...args);
    return (JSON.parse(output.slice(output.indexOf('['))) as string[]).sort();
  };

  it('has these projects beside the internal ones, which are libraries', async () => {
    const shown = await show('--exclude=tag:linuxkit:internal');
    expect(shown).toEqual([
      'broken',
      'names',
      'own-name',
      'pair',
      'pair-debug',
      'plain',
      'same',
      'systems-same',
    ]);
    const all = await show();
    expect(all).toContain('names@initramfs');
    const places = all.flatMap((name) => /^oci@[^@]+@(.*)/.exec(name)?.[1] ?? []);
    expect(places).toEqual(expect.arrayContaining(['onboot-000', 'services-initramfs', 'services']));
    expect(await show('--type=lib', '--projects=tag:linuxkit:internal')).toEqual(
      all.filter((name) => !shown.includes(name)),
    );
  });

  it('builds all but the broken system, whose error says where', async () => {
    const run = await workspace.nx('run-many', '-t', 'build');
    expect(run.code).not.toBe(0);
    expect(run.failed).toEqual(['broken:build']);
    expect(run.output).toContain('apps/broken/linuxkit.yml:3:1: ');
    expect(run.output).toMatch(/servcies.*services/s);
    expect(run.output).toContain('plain was built');
    expect(run.output).not.toMatch(/^ +at /m);
  });

  it('two files in one folder are two systems', () => {
    expect(tar('apps/pair/tar/pair')).toContain('web 1');
    expect(tar('apps/pair/debug/tar/pair-debug')).toContain('debug');
    expect(tar('apps/pair/debug/tar/pair-debug')).not.toContain('web 1');
  });

  it('two folders of one name are two systems', () => {
    expect(workspace.exists('dist/apps/same/tar/same.tar')).toBe(true);
    expect(workspace.exists('dist/systems/same/tar/systems-same.tar')).toBe(true);
  });

  it('images of one name from two registries are two images', () => {
    const text = tar('apps/names/tar/names');
    for (const part of ['web 1', 'web 7', 'containers/onboot/000-web', 'containers/services/initramfs']) {
      expect(text).toContain(part);
    }
  });

  it('a user’s own targets stand beside ours', async () => {
    await workspace.succeed('deploy', 'own-name');
    expect(workspace.bytes('deployed.tar').equals(workspace.bytes('dist/apps/own/tar/own-name.tar'))).toBe(
      true,
    );
    const { output } = await workspace.succeed('show', 'project', 'own-name', '--json');
    const { targets, tags } = JSON.parse(output.slice(output.indexOf('{')));
    expect(targets.boot.options).toMatchObject({ memory: 2048, format: 'kernel+initrd' });
    expect(tags).toEqual(expect.arrayContaining(['mine', 'linuxkit:os']));
  });

  it('the whole pipeline as one task makes the same bytes', async () => {
    const wanted = workspace.bytes('dist/apps/own/tar/own-name.tar');
    workspace.remove('dist/apps/own', '.linuxkit');
    await workspace.succeed('by-hand', 'own-name');
    expect(workspace.bytes('dist/apps/own/tar/own-name.tar').equals(wanted)).toBe(true);
  });

  it('every target of the broken system says where', async () => {
    const run = await workspace.nx('tar', 'broken');
    expect(run.code).not.toBe(0);
    expect(run.output).toContain('apps/broken/linuxkit.yml:3:1: ');
  });

  it('the init generator changes nothing the second time', async () => {
    const before = [workspace.read('nx.json'), workspace.read('.gitignore')];
    expect(JSON.parse(before[0])).toMatchObject({
      namedInputs: { linuxkit: [] },
      targetDefaults: { build: { dependsOn: ['^build'] }, 'nx-linuxkit:build': {}, 'nx-linuxkit:stage': {} },
    });
    await workspace.succeed('g', 'nx-linuxkit:init');
    expect([workspace.read('nx.json'), workspace.read('.gitignore')]).toEqual(before);
  });

  it('a cached build fails after its dependencies were replaced, and says so', async () => {
    expect((await workspace.succeed('build', 'same')).ran).toEqual([]);
    const project = 'apps/same/project.json';
    workspace.write({ [project]: '{"name":"same","targets":{"build":{"dependsOn":[]}}}' });
    const run = await workspace.nx('build', 'same');
    workspace.remove(project);
    expect(run.code).not.toBe(0);
    expect(run.output).toContain('build of same ran without its formats: tar');
    expect((await workspace.succeed('build', 'same')).ran).toEqual([]);
  });

  it('a build that made nothing fails without what the init generator wrote, and says so', async () => {
    const text = workspace.read('nx.json');
    const { namedInputs, targetDefaults, ...rest } = JSON.parse(text);
    delete namedInputs.linuxkit;
    delete targetDefaults['nx-linuxkit:stage'];
    workspace.write({ 'nx.json': JSON.stringify({ ...rest, namedInputs, targetDefaults }) });
    const run = await workspace.nx('build', 'same');
    workspace.write({ 'nx.json': text });
    expect(run.code).not.toBe(0);
    expect(run.output).toContain('build of same ran without its formats: tar');
    expect(run.output).toContain('nx g nx-linuxkit:init');
  });
});
