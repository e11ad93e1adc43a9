import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pushTo, randomImage, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { smallYaml } from './graph/system-yaml.js';
import { expectOneError } from './workspace/expect-one-error.js';
import { leftovers } from './workspace/leftovers.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

const MIB = 1 << 20;

describe('a disk that refuses writes', () => {
  let registry: TestRegistry;
  let workspace: Workspace;
  const build = () => workspace.succeed('build', 'my-os');

  beforeAll(async () => {
    registry = await startRegistry();
    // The layer has about 1.5 MiB compressed, and 3 MiB as a tar.
    await pushTo(registry, await randomImage(1, { layers: [{ files: 3, size: MIB }] }), 'big:1');
    workspace = await Workspace.create({
      env: IN_PROCESS,
      files: { 'apps/my-os/linuxkit.yml': smallYaml(`${registry.host}/big:1`) },
    });
    await workspace.succeed('lock', 'my-os');
    workspace.commit();
  });
  afterAll(async () => {
    await workspace?.stop();
    await registry?.stop();
  });
  beforeEach(() => workspace.emptyAll());

  it.each([
    ['the store', () => workspace.store, /no space left in \S+store/],
    ['the folder of the stages', () => workspace.path('.linuxkit'), 'the disk is full: '],
    ['the folder of the artefacts', () => workspace.path('dist'), 'the disk is full: '],
  ])('%s is full', async (_, folder, message) => {
    const unmount = mountSmall(folder(), MIB);
    try {
      expectOneError(await workspace.nx('build', 'my-os'), message);
      expect(leftovers(workspace)).toEqual([]);
    } finally {
      unmount();
    }
    await build();
    expect(leftovers(workspace)).toEqual([]);
  });

  it.each([
    ['the store', () => workspace.store, /no permission to write in \S+store/],
    ['the folder of the stages', () => workspace.path('.linuxkit'), 'no permission to write: '],
    ['the folder of the artefacts', () => workspace.path('dist'), 'no permission to write: '],
  ])('%s may not be written', async (_, folder, message) => {
    mkdirSync(folder(), { recursive: true });
    chmodSync(folder(), 0o555);
    const uid = asOtherUser(workspace);
    try {
      expectOneError(await workspace.nxWith({ uid }, 'build', 'my-os'), message);
      expect(leftovers(workspace)).toEqual([]);
    } finally {
      chmodSync(folder(), 0o755);
      chownTo(workspace, process.getuid?.() ?? 0);
    }
    await build();
  });
});

/** Mounts a file system of `size` bytes over a folder, and returns what unmounts it. */
function mountSmall(folder: string, size: number): () => void {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  return () => {
    execFileSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  };
}

/** Gives the workspace to another user if root runs the tests, because root may write everywhere. Returns that user's ID. */
function asOtherUser(workspace: Workspace): number | undefined {
  if (process.getuid?.() !== 0) return undefined;
  chmodSync(workspace.base, 0o755);
  chownTo(workspace, NOBODY);
  return NOBODY;
}

/** Debian's user `nobody`. */
const NOBODY = 65534;

/** Changes the owner of a workspace, except for installed packages, which other workspaces share. */
function chownTo(workspace: Workspace, uid: number): void {
  if (process.getuid?.() !== 0) return;
  chownSync(workspace.dir, uid, uid);
  chownSync(workspace.base, uid, uid);
  for (const folder of [workspace.dir, workspace.base]) {
    for (const name of readdirSync(folder).filter(
      (entry) => !['node_modules', 'workspace'].includes(entry),
    )) {
      const path = join(folder, name);
      if (name.startsWith('.nx') || name === 'home' || name === 'apps')
        execFileSync('chown', ['-R', `${uid}`, path]);
    }
  }
}
