import { symlinkSync } from 'node:fs';
import { init, inferenceWorkspace, lock } from './__tests__/infer.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer, write, path } = inferenceWorkspace();

describe('files of `source`', () => {
  const withSource = (source: string) => ({
    'apps/my-os/linuxkit.yml': `${init('init:1')}files:\n  - path: etc/file\n    source: ${source}\n`,
    'apps/my-os/linuxkit.lock.json': lock(['init:1']),
  });
  const initramfs = async (source: string) => (await infer(withSource(source)))['my-os@initramfs'];

  it('are inputs, wherever they may appear', async () => {
    const { namedInputs, targets } = await initramfs('motd');
    expect(namedInputs?.linuxkit).toEqual(['{workspaceRoot}/apps/my-os/motd', '{workspaceRoot}/motd']);
    expect(targets?.initramfs.cache).toBe(true);
  });

  it('are one input each where Nx sees the file, whose place decides', async () => {
    write({ 'apps/my-os/motd': '' });
    expect((await initramfs('motd')).namedInputs?.linuxkit).toEqual(['{workspaceRoot}/apps/my-os/motd']);
  });

  it('that git ignores are looked up on the disk, and may go away unseen', async () => {
    write({ '.gitignore': 'motd', 'apps/my-os/motd': '', motd: '' });
    const paths = ['apps/my-os/motd', 'motd'];
    expect((await initramfs('motd')).namedInputs?.linuxkit).toEqual(
      paths.flatMap((path) => [
        `{workspaceRoot}/${path}`,
        { fileset: `{workspaceRoot}/${path}`, includeIgnored: true },
      ]),
    );
  });

  it.each([
    ['dist/apps/server/main.js', { name: 'server' }, 'build'],
    ['apps/server/dist/main.js', { name: 'server' }, 'build'],
    [
      'out/server.bin',
      {
        name: 'server',
        targets: { link: { outputs: ['{workspaceRoot}/apps/server/out/{projectName}.bin'] } },
      },
      undefined,
    ],
    [
      'apps/server/out/server.bin',
      {
        name: 'server',
        targets: { link: { outputs: ['{projectRoot}/{options.to}/server.bin'], options: { to: 'out' } } },
      },
      'link',
    ],
  ])('%s is made by a task', async (source, project, target) => {
    write({ 'apps/server/project.json': JSON.stringify(project) });
    const { targets } = await initramfs(source);
    const made = targets?.initramfs.dependsOn?.filter((dependency) => typeof dependency !== 'string');
    expect(made).toEqual(target === undefined ? [] : [{ projects: ['server'], target }]);
  });

  it('below the dist of the system’s own folder do not wait for its own build', async () => {
    write({ 'apps/my-os/project.json': '{"name":"my-os"}' });
    const { targets } = await initramfs('dist/main.js');
    expect(targets?.initramfs.dependsOn).not.toContainEqual({ projects: ['my-os'], target: 'build' });
  });

  it('outside the workspace make what reads them uncached', async () => {
    const projects = await infer(withSource('/etc/hostname'));
    const { targets } = projects['my-os@initramfs'];
    expect([targets?.initramfs.cache, projects['my-os'].targets?.tar.cache]).toEqual([false, false]);
    expect(projects['my-os@oci-config'].targets?.['oci-config'].cache).toBe(true);
  });
});

describe('a folder as a source', () => {
  const withFolder = (rest: string) => ({
    'apps/my-os/linuxkit.yml': `${init('init:1')}files:\n  - {path: etc, directory: true, ${rest}}\n`,
    'apps/my-os/linuxkit.lock.json': lock(['init:1']),
  });
  const initramfs = async (rest: string) => (await infer(withFolder(rest)))['my-os@initramfs'];
  const below = (path: string) => [
    `{workspaceRoot}/${path}`,
    { fileset: `{workspaceRoot}/${path}`, includeIgnored: true },
    `{workspaceRoot}/${path}/**/*`,
    { fileset: `{workspaceRoot}/${path}/**/*`, includeIgnored: true },
  ];

  it('is one entry and one place, however many files it has, git-ignored or not', async () => {
    for (let i = 0; i < 100; i += 1) write({ [`apps/my-os/conf/${i}/${i}.conf`]: '' });
    write({ '.gitignore': '5*' });
    const { namedInputs, targets } = await initramfs('source: conf');
    expect(namedInputs?.linuxkit).toEqual(below('apps/my-os/conf'));
    expect(targets?.initramfs.cache).toBe(true);
  });

  it('watches what links in it lead to', async () => {
    write({ 'apps/my-os/conf/a': '', 'shared/b': '', 'more/c': '' });
    symlinkSync('../../../shared', path('apps/my-os/conf/shared'));
    symlinkSync('../../../more/c', path('apps/my-os/conf/c'));
    expect((await initramfs('source: conf')).namedInputs?.linuxkit).toEqual([
      '{workspaceRoot}/apps/my-os/conf/c',
      '{workspaceRoot}/apps/my-os/conf/shared',
      ...['apps/my-os/conf', 'more/c', 'shared'].flatMap(below),
    ]);
  });

  it.each([
    ['a link out of the workspace', 'conf/out', true],
    ['an excluded link out of the workspace', 'conf/out, exclude: [out]', false],
    ['a folder that Nx never looks into', 'modules', true],
    ['an excluded folder that Nx never looks into', 'modules, exclude: [node_modules/]', false],
  ])('with %s is uncached: %#', async (_, rest, uncached) => {
    write({
      'apps/my-os/conf/out/a': '',
      'apps/my-os/modules/a': '',
      'apps/my-os/modules/node_modules/b/c': '',
    });
    symlinkSync('/etc/hostname', path('apps/my-os/conf/out/out'));
    expect((await initramfs(`source: ${rest}`)).targets?.initramfs.cache).toBe(!uncached);
  });

  it('that another project builds waits for it', async () => {
    write({ 'apps/web/project.json': '{"name":"web"}' });
    const { targets } = await initramfs('source: dist/apps/web');
    expect(targets?.initramfs.dependsOn).toContainEqual({ projects: ['web'], target: 'build' });
    expect(targets?.initramfs.inputs).toContainEqual({
      dependentTasksOutputFiles: 'dist/apps/web/**/*',
      transitive: true,
    });
  });

  it.each(['../..', '../../dist'])('in which builds write is refused with its place: %s', async (source) => {
    write({ 'dist/other/file': '' });
    const { targets } = (await infer(withFolder(`source: ${source}`)))['my-os'];
    expect(targets?.build.options.message).toMatch(/^apps\/my-os\/linuxkit\.yml:6:42: builds write into /);
  });
});
