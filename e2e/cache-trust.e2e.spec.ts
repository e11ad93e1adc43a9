import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { sha256 } from '../packages/stages/src/seal.js';
import { flip, poison, put, replace, withoutPartIds } from '../packages/stages/src/__tests__/poison.js';
import { packageFolder } from './graph/package-folder.js';
import { pushSystem } from './graph/images.js';
import { systemYaml } from './graph/system-yaml.js';
import { WHOLE } from './sample.js';
import { expectOneError } from './workspace/expect-one-error.js';
import { inNxCache } from './workspace/nx-cache.js';
import { IN_PROCESS, Workspace, type WorkspaceOptions } from './workspace/workspace.js';

const YAML = 'apps/my-os/linuxkit.yml';
const INITRD = 'dist/apps/my-os/kernel+initrd/my-os-initrd.img';
const TAR = 'dist/apps/my-os/tar/my-os.tar';
/** What `--verify` says of a file that is right. */
const SAME = /^verify dist\/apps\/my-os\/\S+: sha256 [0-9a-f]{64}, the same again$/gm;
const FILES = 4;

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
  await pushSystem(registry);
});
afterAll(() => registry?.stop());

async function newWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const services = [{ name: 'banner', image: '"@pkg:./banner"' }];
  const yaml = systemYaml(registry.host, { services, outputs: ['kernel+initrd', 'tar'] });
  const files = { [YAML]: yaml, ...packageFolder('apps/my-os/banner', 'hello') };
  return Workspace.create({ ...options, files });
}

async function lockedWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const workspace = await newWorkspace(options);
  await workspace.succeed('lock', 'my-os');
  workspace.commit();
  return workspace;
}

/** Changes the outputs of every stage in Nx's cache, each with a seal that fits. */
function poisonStages(workspace: Workspace): void {
  const forge = (
    name: string,
    ...how: Parameters<typeof poison> extends [string, string, ...infer T] ? T : never
  ) => {
    const files = inNxCache(workspace, name);
    expect(files).not.toEqual([]);
    for (const file of files) poison(dirname(file), name, ...how);
  };
  forge('bundles.json', put('A=1', 'A=2'));
  forge('segment.cpio', flip, withoutPartIds);
  forge('own.cpio', flip, (facts, sealed) => ({
    ...facts,
    segments: (facts.segments as { path: string }[]).map((segment) =>
      segment.path.endsWith('own.cpio') ? { ...segment, ...sealed } : segment,
    ),
  }));
  const trees = inNxCache(workspace, 'tree.json').filter((file) => file.includes('/web-'));
  expect(trees).not.toEqual([]);
  for (const file of trees) poison(dirname(file), 'tree.json', put('bin/web', 'bin/wep'));
}

describe('--verify', () => {
  let workspace: Workspace;
  let right: Buffer;
  beforeAll(async () => {
    workspace = await lockedWorkspace({ env: IN_PROCESS });
    await workspace.succeed('build', 'my-os');
    right = workspace.bytes(INITRD);
  });
  afterAll(() => workspace?.stop());

  it('builds a second time, from the store, and prints the sha256 of each file', async () => {
    registry.log.clear();
    const run = await workspace.succeed('build', 'my-os', '--verify');
    expect(run.output.match(SAME)).toHaveLength(FILES);
    expect(run.ran).toEqual(['my-os:build']);
    expect(registry.log.blobGets()).toEqual([]);
    expect(readdirSync(join(workspace.store, 'tmp'))).toEqual([]);
  });

  it('is never answered by the cache, and a build without it is as before', async () => {
    const again = await workspace.succeed('build', 'my-os', '--verify');
    expect(again.ran).toEqual(['my-os:build']);
    expect(again.output.match(SAME)).toHaveLength(FILES);
    const plain = await workspace.succeed('build', 'my-os');
    expect(plain.ran).toEqual([]);
    expect(plain.output).not.toMatch(SAME);
  });

  it('finds a format that was changed in the cache, where a build without it is green', async () => {
    for (const file of inNxCache(workspace, 'my-os-initrd.img')) replace(file, flip(readFileSync(file)));
    workspace.remove('dist');
    expect((await workspace.succeed('build', 'my-os')).executed).toEqual([]);
    expect(workspace.bytes(INITRD).equals(right)).toBe(false);
    const run = await workspace.nx('build', 'my-os', '--verify');
    expectOneError(
      run,
      /my-os-initrd\.img is not what a second build gives: first difference at byte \d+, in /,
    );
    expect(run.output).toContain(`byte ${right.length >> 1}, in the segment of `);
    expect(run.output).toContain('All outputs of stages in .linuxkit are right');
    expect(run.failed).toEqual(['my-os:build']);
  });

  it('the command of its hint mends what it found', async () => {
    workspace.remove('.linuxkit', 'dist');
    await workspace.succeed('build', 'my-os', '--skip-nx-cache');
    expect(workspace.bytes(INITRD).equals(right)).toBe(true);
  });

  it('is refused where Nx would keep its answer: as an option of a configuration, and with replaced inputs', async () => {
    const project = 'apps/my-os/project.json';
    workspace.write({
      [project]: JSON.stringify({ name: 'my-os', targets: { build: { options: { verify: true } } } }),
    });
    expectOneError(await workspace.nx('build', 'my-os'), '`verify` is an option of the command line');
    workspace.write({
      [project]: JSON.stringify({ name: 'my-os', targets: { build: { inputs: ['default'] } } }),
    });
    expectOneError(
      await workspace.nx('build', 'my-os', '--verify'),
      'the inputs of build of my-os were replaced',
    );
    workspace.remove(project);
  });
});

it('with the daemon, --verify names the command that works, which no cache answers either', async () => {
  const workspace = await lockedWorkspace({ daemon: true });
  try {
    await workspace.succeed('build', 'my-os');
    for (let run = 1; run <= (WHOLE ? 2 : 1); run += 1) {
      expectOneError(
        await workspace.nx('build', 'my-os', '--verify'),
        'NX_DAEMON=false nx build my-os --verify',
      );
      const verified = await workspace.nxWith({ env: { NX_DAEMON: 'false' } }, 'build', 'my-os', '--verify');
      expect(verified.output.match(SAME)).toHaveLength(FILES);
      expect(verified.ran).toEqual(['my-os:build']);
    }
    expect((await workspace.succeed('build', 'my-os')).ran).toEqual([]);
  } finally {
    await workspace.stop();
  }
});

it('with the oldest Nx, --verify is never answered by the cache; it may be the first build of a system without a lock', async () => {
  const workspace = await newWorkspace({ nx: 'oldest' });
  try {
    for (let run = 1; run <= (WHOLE ? 3 : 2); run += 1) {
      const { output, ran } = await workspace.succeed('build', 'my-os', '--verify');
      expect(output.match(SAME)).toHaveLength(FILES);
      expect(ran).toContain('my-os:build');
    }
  } finally {
    await workspace.stop();
  }
});

describe('trustedCache', () => {
  let workspace: Workspace;
  let right: { initrd: string; tar: string };
  const built = () => ({ initrd: sha256(workspace.bytes(INITRD)), tar: sha256(workspace.bytes(TAR)) });
  const distrust = () =>
    workspace.edit('nx.json', (text) =>
      text.replace('"options": {}', '"options": { "trustedCache": false }'),
    );

  beforeAll(async () => {
    workspace = await lockedWorkspace({ env: IN_PROCESS });
    await workspace.succeed('build', 'my-os');
    right = built();
  });
  afterAll(() => workspace?.stop());

  it('by default what Nx brings back is built in', async () => {
    poisonStages(workspace);
    workspace.remove('.linuxkit', 'dist');
    // Formats run again, and what they are made of is restored.
    workspace.edit(YAML, (text) => text.replace('ttyS0', 'ttyS1'));
    const run = await workspace.succeed('build', 'my-os');
    expect(run.executed).toEqual(['my-os:kernel+initrd', 'my-os:tar']);
    expect(built().initrd).not.toEqual(right.initrd);
    expect(workspace.bytes(TAR).includes('A=2')).toBe(true);
    workspace.edit(YAML, (text) => text.replace('ttyS1', 'ttyS0'));
  });

  it('with false nothing of it reaches a format, and Nx brings nothing back', async () => {
    distrust();
    const run = await workspace.succeed('build', 'my-os');
    expect(run.cached).toEqual([]);
    expect(built()).toEqual(right);
  });

  it('with false a second build makes nothing again but its formats', async () => {
    const run = await workspace.succeed('build', 'my-os');
    expect(run.work.map((line) => line.split(' ')[0]).sort()).toEqual(['kernel+initrd', 'tar']);
    expect(built()).toEqual(right);
  });

  it('with false Nx keeps no output of a task', async () => {
    workspace.emptyNxCache();
    workspace.remove('.nx', '.linuxkit', 'dist');
    await workspace.succeed('build', 'my-os');
    expect(['stage.json', 'my-os-initrd.img'].flatMap((name) => inNxCache(workspace, name))).toEqual([]);
    expect(built()).toEqual(right);
  });
});
