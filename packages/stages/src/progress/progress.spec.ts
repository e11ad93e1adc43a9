import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Activity } from './activity.js';
import { Progress } from './progress.js';

let lines: string[];
beforeEach(() => {
  lines = [];
  jest.useFakeTimers();
});
afterEach(() => jest.useRealTimers());

const pass = (seconds: number) => jest.advanceTimersByTimeAsync(seconds * 1000);
const progress = (place: 'terminal' | 'log' = 'terminal') => new Progress((line) => lines.push(line), place);

/** Begins work that ends when `end` is called. */
function begin(to: Progress, name: string): { activity: Activity; end: () => Promise<void> } {
  let activity!: Activity;
  let end!: () => void;
  const ended = to.during(name, (given) => {
    activity = given;
    return new Promise<void>((resolve) => (end = resolve));
  });
  return { activity, end: () => (end(), ended) };
}

test('what takes less than two seconds is not named', async () => {
  const all = progress();
  for (let i = 0; i < 5; i += 1) {
    const { end } = begin(all, 'extract nginx');
    await pass(1.9);
    await end();
  }
  await pass(10);
  expect(lines).toEqual([]);
});

test('a line every two seconds says what goes on and how far it is', async () => {
  const { activity, end } = begin(progress(), 'pull kernel');
  activity.expect(72e6);
  activity.count(31e6);
  await pass(2);
  activity.count(20e6);
  await pass(2);
  await end();
  await pass(10);
  expect(lines).toEqual(['pull kernel 31.0/72.0 MB', 'pull kernel 51.0/72.0 MB']);
});

test('several activities share a line, and the newest ones are only counted', async () => {
  const all = progress();
  const names = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => begin(all, `pull ${name}`));
  names[0].activity.count(1500);
  await pass(2);
  expect(lines).toEqual(['pull a 1.5 kB, pull b 2 s, pull c 2 s, pull d 2 s, and 2 more']);
});

test('a log gets lines after 2, 6, 14, 30 seconds, then every 32', async () => {
  const started = Date.now();
  const times: number[] = [];
  const { end } = begin(new Progress(() => times.push((Date.now() - started) / 1000), 'log'), 'pull kernel');
  await pass(100);
  await end();
  expect(times).toEqual([2, 6, 14, 30, 62, 94]);
});

test('work that fails is named no more', async () => {
  const all = progress();
  const failed = all.during('pull kernel', () => Promise.reject(new Error('lost')));
  await expect(failed).rejects.toThrow('lost');
  await pass(4);
  expect(lines).toEqual([]);
});

test('a file and the files of a folder count as they grow, and never more than is expected', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-progress-'));
  const file = join(folder, 'file');
  writeFileSync(file, Buffer.alloc(2000));
  const all = progress();
  const { activity: one } = begin(all, 'segment nginx');
  one.expect(4000);
  one.grows(file);
  const { activity: two } = begin(all, 'tar my-os');
  two.grows(folder);
  await pass(2);
  writeFileSync(file, Buffer.alloc(6000));
  await pass(2);
  rmSync(folder, { recursive: true });
  await pass(2);
  expect(lines).toEqual([
    'segment nginx 2.0/4.0 kB, tar my-os 2.0 kB',
    'segment nginx 4.0/4.0 kB, tar my-os 6.0 kB',
    'segment nginx 4.0/4.0 kB, tar my-os 6.0 kB',
  ]);
});
