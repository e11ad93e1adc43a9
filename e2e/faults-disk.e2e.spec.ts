import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pushTo, randomImage, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { smallYaml } from './graph/system-yaml.js';
import { sampleOf, WHOLE } from './sample.js';
import { expectOneError } from './workspace/expect-one-error.js';
import { leftovers } from './workspace/leftovers.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

const MIB = 1 << 20;

/** A folder that refuses, and the error. full-disk.e2e.spec.ts has each write of the pipeline, so the sample has few. */
type Place = [name: string, folder: () => string, message: string | RegExp];
const isOfArtefacts = ([name]: readonly [string, ...unknown[]]) => name === 'the folder of the artefacts';

describe('a disk that refuses writes', () => {
  let registry: TestRegistry;
  let workspace: Workspace;
  const build = () => workspace.succeed('build', 'my-os');

  beforeAll(async () => {
    registry = await startRegistry();
    // About 1.5 MiB compressed, 3 MiB as a tar; and a layer whose uncompressed bytes are kept, as large again.
    const kernel = [{ name: 'kernel', body: randomBytes(2 * MIB) }];
    await pushTo(
      registry,
      await randomImage(1, { layers: [{ files: 3, size: MIB }, { entries: kernel }] }),
      'big:1',
    );
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

  const full: Place[] = [
    ['the store', () => workspace.store, /no space left in \S+store/],
    ['the folder of the stages', () => workspace.path('.linuxkit'), 'the disk is full: '],
    ['the folder of the artefacts', () => workspace.path('dist'), 'the disk is full: '],
  ];
  it.each(sampleOf(full, isOfArtefacts))('%s is full', async (_, folder, message) => {
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

  it.each(sampleOf([2, 4, 6], (size) => size === 4))(
    'the store is full after %d MiB, in whichever thread writes',
    async (size) => {
      const unmount = mountSmall(workspace.store, size * MIB);
      try {
        expectOneError(await workspace.nx('build', 'my-os'), /no space left in \S+store/);
        expect(leftovers(workspace)).toEqual([]);
      } finally {
        unmount();
      }
    },
  );

  const unusable: [string, (path: string) => () => void, string | RegExp][] = [
    [
      'a file',
      (path) => (writeFileSync(path, ''), () => rmSync(path)),
      /store cannot be used as the store \(E\w+\)/,
    ],
    [
      'a link that leads nowhere',
      (path) => (symlinkSync('no/where', path), () => rmSync(path)),
      /store cannot be used as the store \(E\w+\)/,
    ],
    [
      'empty and read-only',
      (path) => mountSmall(path, MIB, 'ro'),
      /no permission to write in \S+store \(EROFS\)/,
    ],
  ];
  it.each(sampleOf(unusable, ([what]) => what === 'a file'))(
    'the store is %s',
    async (_, prepare, message) => {
      rmSync(workspace.store, { recursive: true, force: true });
      const clean = prepare(workspace.store);
      try {
        expectOneError(await workspace.nx('build', 'my-os'), message);
      } finally {
        clean();
      }
      await build();
    },
  );

  const readOnly: [string, string, RegExp][] = [
    ['the folder of the stages', '.linuxkit', /the file system is read-only: \S+\.linuxkit/],
    ['the folder of the artefacts', 'dist', /the file system is read-only: \S+dist/],
  ];
  it.each(sampleOf(readOnly, isOfArtefacts))('%s is on a read-only disk', async (_, folder, message) => {
    const unmount = mountSmall(workspace.path(folder), MIB, 'ro');
    try {
      expectOneError(await workspace.nx('build', 'my-os'), message);
    } finally {
      unmount();
    }
  });

  it('builds that share a workspace all succeed', async () => {
    await build();
    for (let round = 0; round < (WHOLE ? 4 : 1); round += 1) {
      workspace.emptyNxCache();
      workspace.remove('.linuxkit', 'dist');
      const runs = await Promise.all(Array.from({ length: 4 }, () => workspace.nx('build', 'my-os')));
      for (const run of runs) expect(run).toMatchObject({ code: 0 });
      expect(leftovers(workspace)).toEqual([]);
    }
  });

  const denied: Place[] = [
    ['the store', () => workspace.store, /no permission to write in \S+store/],
    ['the folder of the stages', () => workspace.path('.linuxkit'), 'no permission to write: '],
    ['the folder of the artefacts', () => workspace.path('dist'), 'no permission to write: '],
  ];
  it.each(sampleOf(denied, isOfArtefacts))('%s may not be written', async (_, folder, message) => {
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
function mountSmall(folder: string, size: number, access: 'rw' | 'ro' = 'rw'): () => void {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `${access},size=${size}`, 'tmpfs', folder]);
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
