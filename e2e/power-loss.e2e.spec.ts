import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { layoutOf, randomImage } from '@nx-linuxkit/testing';
import { readTrace, type FileEvent } from './pipeline/trace.js';
import { PipelineSystem } from './pipeline/system.js';
import { WHOLE } from './sample.js';

/**
 * A power loss keeps what a program has waited for (fsync), and of everything else any part: a file may have its name
 * and not its bytes. strace says what a build waits for; the rest is taken from its files here.
 */
const BUILD = join(__dirname, 'pipeline', 'build.cjs');
/** What a lost write leaves: nothing, a part, or blocks of zeros. */
const LOSSES: Readonly<Record<string, (path: string, size: number) => void>> = {
  'no byte': (path) => truncateSync(path, 0),
  'half of the bytes': (path, size) => truncateSync(path, Math.floor(size / 2)),
  zeros: (path, size) => writeFileSync(path, Buffer.alloc(size)),
};
/** Every file alone is lost in the whole suite; in the sample every fifth. */
const EACH = WHOLE ? 1 : 5;

let system: PipelineSystem;
let events: readonly FileEvent[];
let right: Buffer;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-power-'));
  const layers = [1, 2].map(() => ({ files: 3, size: 50_000 }));
  layoutOf(await randomImage(1, { layers }), join(folder, 'image'));
  system = new PipelineSystem(folder, 'oci:image');
  const trace = join(folder, 'trace');
  const calls = 'trace=fsync,fdatasync,write,writev,pwrite64,pwritev,rename,renameat,renameat2';
  const strace = ['-f', '-qq', '-y', '-s', '0', '-e', calls, '-e', 'signal=none', '-o', trace];
  // Calls of an io_uring are none that strace sees.
  const env = { ...process.env, UV_USE_IO_URING: '0' };
  execFileSync('strace', [...strace, process.execPath, BUILD, folder], { stdio: 'inherit', env });
  events = readTrace(readFileSync(trace, 'utf8'));
  right = system.tar()!;
});
afterAll(() => rmSync(system.folder, { recursive: true, force: true }));

/** Files below a folder of the system, relative to it, with what happened to each under its temporary name. */
function written(folder: string): { path: string; calls: string[] }[] {
  const root = join(system.folder, folder);
  return events
    .filter(({ call, to }) => call === 'rename' && to?.startsWith(root))
    .map((renamed) => {
      const before = events.slice(0, events.indexOf(renamed)).filter(({ path }) => path === renamed.path);
      return { path: relative(system.folder, renamed.to!), calls: before.map(({ call }) => call) };
    });
}

it('a blob and a lock are on the disk before they have their name, and nothing is written to them afterwards', () => {
  const blobs = written('store/blobs');
  const lock = written('apps').filter(({ path }) => path === 'apps/my-os/linuxkit.lock.json');
  // Two layers, the config and the manifest.
  expect(blobs.length).toBeGreaterThanOrEqual(4);
  expect(lock).toHaveLength(1);
  for (const { path, calls } of [...blobs, ...lock]) {
    expect({ path, written: calls.includes('write'), last: calls.at(-1) }).toEqual({
      path,
      written: true,
      last: 'sync',
    });
  }
  const names = new Set([...blobs, ...lock].map(({ path }) => join(system.folder, path)));
  expect(events.filter(({ call, path }) => call === 'write' && names.has(path))).toEqual([]);
});

/** The files that a power loss may take: all that were not waited for. Files in dist have nothing that tells. */
function losable(): string[] {
  return ['store', '.linuxkit'].flatMap((folder) =>
    readdirSync(join(system.folder, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => join(system.folder, folder, name))
      .filter((path) => !path.includes('/blobs/') && statSync(path).isFile()),
  );
}

/** Takes bytes from files, and builds as a user does afterwards. Gives what is wrong then. */
async function loseAndBuild(paths: readonly string[], lose: (path: string, size: number) => void) {
  for (const path of paths) {
    const { size, mode, atime, mtime } = statSync(path);
    chmodSync(path, 0o600);
    lose(path, size);
    chmodSync(path, mode);
    utimesSync(path, atime, mtime);
  }
  system.remove('dist');
  const failed = await system.build().then(
    () => undefined,
    (error: unknown) => String(error),
  );
  return { failed, right: system.tar()?.equals(right), left: system.temporary() };
}

const FINE = { failed: undefined, right: true, left: [] };

it.each(Object.entries(LOSSES))(
  'after the loss of all other writes, %s left, the next build is right',
  async (_, lose) => {
    await system.build();
    const paths = losable();
    expect(paths.length).toBeGreaterThan(15);
    expect(await loseAndBuild(paths, lose)).toEqual(FINE);
  },
);

it('after the loss of any one file the next build is right', async () => {
  await system.build();
  const names = losable().sort();
  for (const [i, path] of names.entries()) {
    if (i % EACH > 0) continue;
    for (const [what, lose] of Object.entries(LOSSES)) {
      await system.build();
      const shown = relative(system.folder, path);
      expect({ shown, what, ...(await loseAndBuild([path], lose)) }).toEqual({ shown, what, ...FINE });
    }
  }
}, 600_000);
