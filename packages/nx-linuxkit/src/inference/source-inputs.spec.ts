import { init, inferenceWorkspace, lock } from './__tests__/infer.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer, write } = inferenceWorkspace();

describe('files of `source`', () => {
  const withSource = (source: string) => ({
    'apps/my-os/linuxkit.yml': `${init('init:1')}files:\n  - path: etc/file\n    source: ${source}\n`,
    'apps/my-os/linuxkit.lock.json': lock(['init:1']),
  });
  const initramfs = async (source: string) => (await infer(withSource(source)))['my-os@initramfs'];

  it('are inputs, wherever they may lie, git-ignored or not', async () => {
    const { namedInputs, targets } = await initramfs('motd');
    expect(namedInputs?.linuxkit).toEqual(
      ['apps/my-os/motd', 'motd'].flatMap((path) => [
        `{workspaceRoot}/${path}`,
        { fileset: `{workspaceRoot}/${path}`, includeIgnored: true },
      ]),
    );
    expect(targets?.initramfs.cache).toBe(true);
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
