import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exclusively } from './exclusive.js';

/** A child process runs without jest, so it needs the compiled package. */
const DIST = join(__dirname, '..', '..', 'dist', 'index.js');
const SCRIPT = join(__dirname, '__fixtures__', 'count.cjs');

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'oci-exclusive-spec-'));
  writeFileSync(join(dir, 'count'), '0');
});
afterEach(() => rmSync(dir, { recursive: true }));

const count = () => Number(readFileSync(join(dir, 'count'), 'utf8'));
const start = (...args: string[]) =>
  spawn(process.execPath, [SCRIPT, DIST, dir, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });

test('processes have their turns one after the other', async () => {
  const children = Array.from({ length: 6 }, () => start('20'));
  await Promise.all(children.map((child) => once(child, 'close')));
  expect(count()).toBe(120);
  expect(readdirSync(join(dir, 'lock'))).toHaveLength(1);
});

test('the turn of a killed process is passed over, and nothing of it is left', async () => {
  const child = start('1', 'hang');
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
  const [left] = readdirSync(join(dir, 'lock'));
  // Older than any turn may be.
  utimesSync(join(dir, 'lock', left), new Date(0), new Date(0));
  const add = () =>
    exclusively(join(dir, 'lock'), async () => writeFileSync(join(dir, 'count'), String(count() + 1)));
  await Promise.all([add(), add(), add()]);
  expect(count()).toBe(3);
  expect(readdirSync(join(dir, 'lock'))).toHaveLength(1);
});

test('an error ends the turn', async () => {
  const failed = exclusively(join(dir, 'lock'), () => Promise.reject(new Error('no')));
  await expect(failed).rejects.toThrow('no');
  expect(await exclusively(join(dir, 'lock'), async () => 'next')).toBe('next');
});
