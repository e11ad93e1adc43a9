import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { cachedNx, type CachedRun } from './cache/cached-nx.js';
import { pushSystem } from './graph/images.js';
import { WHOLE } from './sample.js';
import { systemYaml } from './graph/system-yaml.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

const YAML = 'apps/my-os/linuxkit.yml';
const OUTPUTS = ['kernel+initrd/my-os-initrd.img', 'tar/my-os.tar'].map((file) => `dist/apps/my-os/${file}`);

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
  await pushSystem(registry);
});
afterAll(() => registry?.stop());

/** Nothing was run when all that Nx asked for was restored, and nothing was sent. */
const expectAllRestored = ({ code, restored, asked, sent, output }: CachedRun) => {
  expect({ code, restored, sent, output }).toEqual({ code: 0, restored: asked, sent: 0, output });
  expect(asked).toBeGreaterThan(0);
};

describe.each(['current', 'oldest'] as const)('with the %s Nx', (nx) => {
  let workspace: Workspace;
  let to: string;
  let built: Buffer[];
  beforeAll(async () => {
    const yaml = systemYaml(registry.host, { outputs: ['kernel+initrd', 'tar'] });
    workspace = await Workspace.create({ nx, env: IN_PROCESS, files: { [YAML]: yaml } });
    await workspace.succeed('lock', 'my-os');
    workspace.commit();
    to = `oci://${registry.host}/acme/nx-cache-${nx}`;
  });
  afterAll(() => workspace?.stop());

  it('a build stores every output that it made', async () => {
    const run = await cachedNx(workspace, ['--to', to], ['build', 'my-os']);
    expect(run).toMatchObject({ code: 0, restored: 0 });
    expect(run.sent).toBeGreaterThan(10);
    expect(run.stored).toBe(run.sent);
    built = OUTPUTS.map((file) => workspace.bytes(file));
  });

  it('a machine that has nothing restores all of it, runs nothing, and has the same bytes', async () => {
    workspace.emptyAll();
    expectAllRestored(await cachedNx(workspace, ['--to', to], ['build', 'my-os']));
    expect(OUTPUTS.map((file) => workspace.bytes(file))).toEqual(built);
  });

  // What reading alone means is the same with every Nx.
  if (WHOLE || nx === 'current')
    it('a machine that may only read restores the same, and what it makes is stored nowhere', async () => {
      workspace.emptyAll();
      expectAllRestored(await cachedNx(workspace, ['--from', to], ['build', 'my-os']));
      workspace.edit(YAML, (text) => text.replace('A=1', 'A=2'));
      const run = await cachedNx(workspace, ['--from', to], ['build', 'my-os']);
      expect(run).toMatchObject({ code: 0, restored: 0, sent: 0 });
      workspace.emptyAll();
      const again = await cachedNx(workspace, ['--to', to], ['build', 'my-os']);
      expect(again.restored).toBeLessThan(again.asked);
      expect(again).toMatchObject({ code: 0, stored: again.asked - again.restored });
    });
});
