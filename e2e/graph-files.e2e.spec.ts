import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stageNames, systemNodeName, targetName } from '@nx-linuxkit/stages/plan';
import { pushTo, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { pushSystem, systemImage } from './graph/images.js';
import { packageFolder } from './graph/package-folder.js';
import { smallYaml } from './graph/system-yaml.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

const SERVER = {
  name: 'server',
  targets: {
    build: {
      executor: 'nx:run-commands',
      cache: true,
      inputs: ['{projectRoot}/**/*'],
      outputs: ['{workspaceRoot}/dist/apps/server'],
      options: { command: 'mkdir -p dist/apps/server && cp apps/server/main.txt dist/apps/server/main.txt' },
    },
  },
};

interface Node {
  readonly data: { readonly targets: Record<string, { executor: string; options: Record<string, unknown> }> };
}

/** `one` reads files of every kind, `two` and `three` share an image, `outside` reads a file that Nx cannot watch. */
describe('files that a build reads', () => {
  let registry: TestRegistry;
  let workspace: Workspace;
  let outside: string;
  const build = () => workspace.succeed('run-many', '-t', 'build', '--exclude=outside');
  const tar = (os: string) => workspace.bytes(`dist/apps/${os}/tar/${os}.tar`).toString('latin1');

  beforeAll(async () => {
    registry = await startRegistry();
    await pushSystem(registry, ['init', 'web', 'clock']);
    const image = (word: string) => `${registry.host}/${word}:1`;
    // With a bill of materials, so that every stage has a node.
    workspace = await Workspace.create({ env: IN_PROCESS, plugin: { sbom: true } });
    outside = join(workspace.base, 'outside', 'host.txt');
    mkdirSync(join(outside, '..'));
    writeFileSync(outside, 'outside 1');
    writeFileSync(join(workspace.base, 'home', 'home.txt'), 'home 1');
    const shared = [{ name: 'web', image: image('web') }];
    workspace.write({
      ...packageFolder('images/banner', 'banner 1'),
      'apps/one/linuxkit.yml': smallYaml(image('init'), {
        services: [{ name: 'banner', image: '@pkg:../../images/banner' }],
        files: ['tracked.txt', 'generated.txt', 'dist/apps/server/main.txt'],
      }),
      'apps/one/project.json': '{"name":"one"}',
      'apps/one/tracked.txt': 'tracked 1',
      'apps/one/generated.txt': 'generated 1',
      'apps/two/linuxkit.yml': smallYaml(image('init'), { services: shared }),
      'apps/three/linuxkit.yml': smallYaml(image('init'), {
        services: [...shared, { name: 'clock', image: image('clock') }],
      }),
      'apps/outside/linuxkit.yml': smallYaml(image('init'), { files: [outside, '~/home.txt'] }),
      'apps/server/project.json': JSON.stringify(SERVER),
      'apps/server/main.txt': 'server 1',
      '.gitignore': 'node_modules\n.nx\n.linuxkit\ndist\ngenerated.txt\n',
    });
    await workspace.succeed('run-many', '-t', 'lock');
    workspace.commit();
    registry.log.clear();
  });
  afterAll(async () => {
    await workspace?.stop();
    await registry?.stop();
  });

  it('systems that share an image pull and extract it once, and make its segment once', async () => {
    const run = await build();
    const ofWeb = run.executed.filter((task) => /^oci@web:/.test(task));
    expect(ofWeb).toEqual(['oci@web:extract-image', 'oci@web:pull-image']);
    const segments = run.executed.filter((task) => task.endsWith(':segment'));
    expect(segments).toEqual([...new Set(segments)]);
    const gets = registry.log.blobGets().map(({ path }) => path);
    expect(gets).toEqual([...new Set(gets)]);
  });

  it('an image has the files that other tasks of the same run made', () => {
    for (const text of ['tracked 1', 'generated 1', 'server 1', 'banner 1'])
      expect(tar('one')).toContain(text);
  });

  it('a second build runs nothing', async () => {
    expect((await build()).executed).toEqual([]);
  });

  it.each([
    ['tracked', 'apps/one/tracked.txt', []],
    ['git-ignored', 'apps/one/generated.txt', []],
    ['of an application', 'apps/server/main.txt', ['server:build']],
  ])('a changed file that is %s', async (_, path, more) => {
    const text = workspace.read(path).replace('1', '2');
    workspace.write({ [path]: text });
    const run = await build();
    expect(run.executed).toEqual(['one:tar', 'one@initramfs:initramfs']);
    expect(run.built).toEqual(expect.arrayContaining(more.map((id) => id.replace(':build', ''))));
    expect(tar('one')).toContain(text);
  });

  it('results come from the cache after files have changed back', async () => {
    workspace.write({ 'apps/one/generated.txt': 'generated 1' });
    workspace.write({ 'apps/server/main.txt': 'server 1' });
    workspace.write({ 'apps/one/tracked.txt': 'tracked 1' });
    const run = await build();
    expect(run.executed).toEqual([]);
    for (const text of ['tracked 1', 'generated 1', 'server 1']) expect(tar('one')).toContain(text);
  });

  it('a changed file of a package rebuilds its image and the system that uses it', async () => {
    workspace.write({ 'images/banner/files/banner': 'banner 2' });
    const run = await build();
    expect(run.executed).toEqual([
      'one:tar',
      'one@initramfs:initramfs',
      'one@oci-config:oci-config',
      `${systemNodeName('one', 'sbom')}:${targetName('sbom', {})}`,
      'pkg@images-banner:extract-image',
      'pkg@images-banner:make-image',
      'pkg@images-banner@services:segment',
    ]);
    expect(tar('one')).toContain('banner 2');
  });

  it('a file outside the workspace, or in the home folder, is read at each build', async () => {
    await workspace.succeed('build', 'outside');
    for (const text of ['outside 1', 'home 1']) expect(tar('outside')).toContain(text);
    writeFileSync(outside, 'outside 2');
    writeFileSync(join(workspace.base, 'home', 'home.txt'), 'home 2');
    await workspace.succeed('build', 'outside');
    for (const text of ['outside 2', 'home 2']) expect(tar('outside')).toContain(text);
  });

  it('targets with an executor for each stage make the same bytes', async () => {
    await workspace.succeed('graph', '--file=graph.json');
    const { nodes } = JSON.parse(workspace.read('graph.json')).graph as { nodes: Record<string, Node> };
    const inferred = Object.entries(nodes)
      .filter(([name]) => /^(one(@.*)?|oci@init-.*|pkg@images-banner.*)$/.test(name))
      .flatMap(([, { data }]) => Object.values(data.targets))
      .filter(({ executor }) => executor === 'nx-linuxkit:stage')
      .filter(({ options: { stage, format = 'tar' } }) => stage !== 'build' && format === 'tar');
    const byHand = inferred.map(({ options: { stage = 'format', v: _, ...options } }): [string, unknown] => [
      String(stage),
      { executor: `nx-linuxkit:${stage}`, options },
    ]);
    const lock = ['lock', { executor: 'nx-linuxkit:lock', options: { file: 'apps/one/linuxkit.yml' } }];
    const targets = Object.fromEntries([...byHand, lock]) as Record<string, unknown>;
    expect(Object.keys(targets).sort()).toEqual([...stageNames, 'lock'].sort());
    workspace.write({ 'by-hand/project.json': JSON.stringify({ name: 'by-hand', targets }) });
    const before = workspace.bytes('dist/apps/one/tar/one.tar');
    const folders = ['.linuxkit', 'dist/apps/one'];
    workspace.remove(...folders);
    // These targets do not depend on each other, so each makes what it needs, in the same folders.
    const oneAfterTheOther = ['--parallel=1', '-p', 'by-hand', '-t', ...Object.keys(targets)];
    const run = await workspace.succeed('run-many', ...oneAfterTheOther);
    expect(run.ran).toEqual(
      Object.keys(targets)
        .map((target) => `by-hand:${target}`)
        .sort(),
    );
    expect(workspace.bytes('dist/apps/one/tar/one.tar').equals(before)).toBe(true);
    for (const node of [
      'one/initramfs',
      'one/oci-config',
      'one/verify',
      'segment/pkg/images/banner-amd64/services/banner/segment',
    ]) {
      expect(workspace.exists(`.linuxkit/${node}`)).toBe(true);
    }
    workspace.remove('by-hand', 'graph.json');
  });

  describe('nx affected selects', () => {
    const affected = async () =>
      (await workspace.succeed('affected', '-t', 'build', '--uncommitted')).built.filter(
        (name) => name !== 'server',
      );
    beforeEach(() => workspace.commit());

    it('the system of a YAML', async () => {
      workspace.edit('apps/two/linuxkit.yml', (text) => text.replace('name: web', 'name: site'));
      expect(await affected()).toEqual(['two']);
    });

    it('a package and the systems that use it', async () => {
      workspace.write({ 'images/banner/files/banner': 'banner 3' });
      expect(await affected()).toEqual(['images/banner', 'one']);
    });

    it('the system of a source', async () => {
      workspace.write({ 'apps/one/tracked.txt': 'tracked 3' });
      expect(await affected()).toEqual(['one']);
    });

    it('the system of a source of an application', async () => {
      workspace.write({ 'apps/server/main.txt': 'server 3' });
      expect(await affected()).toEqual(['one']);
    });

    it('the system of a lock', async () => {
      await pushTo(registry, await systemImage('web', 2), 'web:1');
      await workspace.succeed('lock', 'three', '--update');
      expect(await affected()).toEqual(['three']);
    });
  });
});
