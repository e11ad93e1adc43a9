import { startMemoryRegistry, type MemoryRegistry } from '@nx-linuxkit/testing';
import { systemImage, WORDS } from './graph/images.js';
import { systemYaml } from './graph/system-yaml.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

const YAML = 'apps/my-os/linuxkit.yml';
const INITRD = 'dist/apps/my-os/kernel+initrd/my-os-initrd.img';
const SLOW = { kind: 'slow', parts: 10, pause: 600 } as const;

describe('builds that something disturbs', () => {
  let registry: MemoryRegistry;
  let workspace: Workspace;
  const write = (env: string) => workspace.write({ [YAML]: systemYaml(registry.host, { env }) });

  beforeAll(async () => {
    registry = await startMemoryRegistry();
    for (const word of WORDS) registry.add(word, '1', await systemImage(word));
    workspace = await Workspace.create({ env: IN_PROCESS, files: { [YAML]: systemYaml(registry.host) } });
    await workspace.succeed('lock', 'my-os');
    workspace.commit();
  });
  afterAll(async () => {
    await workspace?.stop();
    await registry?.stop();
  });
  afterEach(() => registry.heal());

  it('an edit of the YAML during a build fails the build, and none of its results is cached', async () => {
    registry.log.clear();
    registry.fail({ path: '/v2/web/blobs/' }, SLOW);
    const building = workspace.nx('build', 'my-os');
    await requested(registry, '/v2/web/manifests/');
    write('EDITED=1');
    const run = await building;
    expect(run.code).not.toBe(0);
    expect(run.output).toContain(`${YAML} or its lock changed during the build`);
    expect(run.output).toContain('Run the build again.');
    expect(run.output).not.toMatch(/^ +at /m);
    registry.heal();

    // The cache may have nothing under the old key, so this build makes what the YAML said before.
    write('A=1');
    const before = await workspace.succeed('build', 'my-os');
    expect(before.executed).toEqual(
      expect.arrayContaining(['my-os@initramfs:initramfs', 'my-os:kernel+initrd']),
    );
    const bytes = workspace.bytes(INITRD);
    write('EDITED=1');
    await workspace.succeed('build', 'my-os');
    expect(workspace.bytes(INITRD).equals(bytes)).toBe(false);
    write('A=1');
    await workspace.succeed('build', 'my-os');
    expect(workspace.bytes(INITRD).equals(bytes)).toBe(true);
  });

  it('two builds at once in one workspace', async () => {
    workspace.emptyAll();
    const runs = await Promise.all([workspace.nx('build', 'my-os'), workspace.nx('build', 'my-os')]);
    for (const { code, output } of runs) expect({ code, output }).toEqual({ code: 0, output });
    await expectSameAsAlone(workspace);
  });

  it('two builds at once in two workspaces that share a store', async () => {
    const other = await Workspace.create({ env: IN_PROCESS, files: { [YAML]: workspace.read(YAML) } });
    try {
      other.write({ 'apps/my-os/linuxkit.lock.json': workspace.read('apps/my-os/linuxkit.lock.json') });
      workspace.emptyAll();
      const env = { NX_LINUXKIT_STORE: workspace.store };
      const runs = await Promise.all([
        workspace.nx('build', 'my-os'),
        other.nxWith({ env }, 'build', 'my-os'),
      ]);
      for (const { code, output } of runs) expect({ code, output }).toEqual({ code: 0, output });
      expect(other.bytes(INITRD).equals(workspace.bytes(INITRD))).toBe(true);
      await expectSameAsAlone(workspace);
    } finally {
      await other.stop();
    }
  });
});

async function expectSameAsAlone(workspace: Workspace): Promise<void> {
  const bytes = workspace.bytes(INITRD);
  workspace.remove('.linuxkit', 'dist');
  await workspace.succeed('build', 'my-os');
  expect(workspace.bytes(INITRD).equals(bytes)).toBe(true);
}

/** Waits until the registry gets a request with `part` in its path. */
async function requested({ log }: MemoryRegistry, part: string): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 50) {
    if (log.requests.some(({ path }) => path.includes(part))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no request for ${part} in a minute`);
}
