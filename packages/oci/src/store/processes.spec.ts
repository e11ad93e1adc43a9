import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Digest } from '../digest.js';
import { collect } from '../verify.js';
import { Store } from './store.js';

/** A child process runs without jest, so it needs the compiled package. */
const DIST = join(__dirname, '..', '..', 'dist', 'index.js');
const SCRIPT = join(__dirname, '__fixtures__', 'write.cjs');
const UNPRIVILEGED_USER = 65534;

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'oci-processes-spec-'));
  chmodSync(dir, 0o755);
});

afterEach(() => rmSync(dir, { recursive: true }));

interface Child {
  readonly firstLine: Promise<string>;
  readonly ended: Promise<unknown>;
  kill(): void;
}

function start(command: string, args: readonly string[], options: { uid?: number } = {}): Child {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  let output = '';
  const ended = new Promise((resolve) => child.once('close', resolve));
  const firstLine = new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (output.includes('\n')) resolve(output.trim());
    });
    void ended.then(() => resolve(output.trim()));
  });
  return { firstLine, ended, kill: () => child.kill('SIGKILL') };
}

const write = (...args: string[]) => start(process.execPath, [SCRIPT, DIST, dir, ...args]);

it('several processes can write one blob at the same time', async () => {
  const lines = await Promise.all([1, 2, 3, 4].map(() => write('8').firstLine));
  expect(new Set(lines).size).toBe(1);
  const digest = lines[0].replace('written ', '') as Digest;
  expect((await collect(Store.open(dir).read(digest), 8 << 20, 'blob')).length).toBe(8 << 20);
  expect(readdirSync(join(dir, 'tmp'))).toEqual([]);
});

it('a process that is killed while it writes leaves no blob, and the next one succeeds', async () => {
  const child = write('8', 'hang');
  const digest = (await child.firstLine).replace('hanging ', '') as Digest;
  child.kill();
  await child.ended;
  expect(readdirSync(join(dir, 'tmp'))).toHaveLength(1);
  expect(await Store.open(dir).has(digest)).toBe(false);
  expect(await write('8').firstLine).toBe(`written ${digest}`);
  expect(await Store.open(dir).has(digest, 8 << 20)).toBe(true);
});

it('a full disk is one clear error and leaves nothing half-written', async () => {
  const script = `ulimit -f 2048; exec "$0" "$@"`;
  const child = start('sh', ['-c', script, process.execPath, SCRIPT, DIST, dir, '8']);
  expect(await child.firstLine).toBe(`disk-full no space left in ${dir} (EFBIG)`);
  expect(readdirSync(join(dir, 'tmp'))).toEqual([]);
  expect(readdirSync(join(dir, 'blobs', 'sha256'))).toEqual([]);
});

it('a missing permission is one clear error', async () => {
  chmodSync(dir, 0o555);
  // Root may write everywhere, so that the child needs another user.
  const uid = process.getuid?.() === 0 ? { uid: UNPRIVILEGED_USER } : {};
  const child = start(process.execPath, [SCRIPT, DIST, dir, '1'], uid);
  expect(await child.firstLine).toBe(`no-permission no permission to write in ${dir} (EACCES)`);
  expect(statSync(dir).mode & 0o777).toBe(0o555);
  chmodSync(dir, 0o755);
});
