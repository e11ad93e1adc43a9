import { Workspace } from './workspace/workspace.js';

describe('a new workspace', () => {
  let workspace: Workspace;

  beforeAll(async () => {
    workspace = await Workspace.create({
      files: { 'nx.json': '{"analytics":false}', '.gitignore': 'node_modules' },
    });
  });
  afterAll(() => workspace?.stop());

  it('knows the plugin after its init generator', async () => {
    await workspace.succeed('g', 'nx-linuxkit:init');
    expect(JSON.parse(workspace.read('nx.json'))).toEqual({
      analytics: false,
      plugins: [{ plugin: 'nx-linuxkit', options: {} }],
      namedInputs: { linuxkit: [] },
      targetDefaults: { 'nx-linuxkit:build': {} },
    });
    expect(workspace.read('.gitignore').split('\n')).toEqual(['node_modules', '.linuxkit', 'dist', '']);
  });

  it('has a system after the os generator, which Nx can show', async () => {
    await workspace.succeed('g', 'nx-linuxkit:os', 'my-os', '--directory=apps/my-os');
    const { output } = await workspace.succeed('show', 'project', 'my-os', '--json');
    const { root, metadata, targets } = JSON.parse(output.slice(output.indexOf('{')));
    expect(root).toBe('apps/my-os');
    expect(metadata.technologies).toEqual(['linuxkit']);
    expect(metadata.targetGroups['Operating system']).toEqual(['build', 'boot', 'boot-test', 'lock']);
    expect(targets.build.metadata.help.command).toBe('nx build my-os');
  });
});
