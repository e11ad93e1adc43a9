import { bootTest, mediumOf } from '@nx-linuxkit/machine';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Workspace } from './workspace/workspace.js';

/** What a newcomer does: no registry, no Docker, no account. */
describe('a first OS in a fresh workspace', () => {
  let workspace: Workspace;

  beforeAll(async () => {
    workspace = await Workspace.create({ nxJson: { plugins: [] } });
  });
  afterAll(() => workspace?.stop());

  test('what nx add runs registers the plugin, once', async () => {
    await workspace.succeed('g', 'nx-linuxkit:init');
    const once = workspace.read('nx.json');
    await workspace.succeed('g', 'nx-linuxkit:init');
    expect(workspace.read('nx.json')).toBe(once);
    expect(JSON.parse(once)).toMatchObject({
      plugins: [{ plugin: 'nx-linuxkit' }],
      namedInputs: { linuxkit: [] },
      targetDefaults: { 'nx-linuxkit:build': {} },
    });
  });

  test('the generated OS builds out of the base set and answers HTTP', async () => {
    await workspace.succeed('g', 'nx-linuxkit:os', 'my-os');
    workspace.commit();
    await workspace.succeed('build', 'my-os');
    const logs = mkdtempSync(join(tmpdir(), 'nx-linuxkit-first-os-'));
    const { console } = await bootTest({
      medium: mediumOf('kernel+initrd', workspace.path('dist/my-os/kernel+initrd/my-os')) as never,
      memory: 1024,
      publish: ['0:80'],
      http: [{ port: 80, body: 'nginx' }],
      timeout: 180,
      consoleLog: join(logs, 'console.log'),
    });
    rmSync(logs, { recursive: true });
    expect(console).toContain('Welcome to');
  });

  test('the second build runs nothing', async () => {
    expect((await workspace.succeed('build', 'my-os')).executed).toEqual([]);
  });
});
