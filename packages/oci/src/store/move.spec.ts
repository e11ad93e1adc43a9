import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { move, type Mover } from './move.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'move-'));
  for (const name of ['from', 'to']) writeFileSync(at(name), name);
});
afterEach(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

/** A file system that refuses a rename so many times. */
function held(
  code: string,
  times: number,
  platform: NodeJS.Platform = 'win32',
): Mover & { attempts: number } {
  const mover = {
    platform,
    attempts: 0,
    rename: async (from: string, to: string) => {
      mover.attempts += 1;
      if (mover.attempts <= times) throw Object.assign(new Error(code), { code });
      renameSync(from, to);
    },
  };
  return mover;
}

it.each(['EPERM', 'EACCES', 'EBUSY'])(
  'a file that a scanner holds is moved once it lets go: %s',
  async (code) => {
    const mover = held(code, 3);
    await move(at('from'), at('to'), mover);
    expect([mover.attempts, readFileSync(at('to'), 'utf8')]).toEqual([4, 'from']);
  },
);

it('a read-only file is replaced where the file system refuses that', async () => {
  chmodSync(at('to'), 0o444);
  const rename = async (from: string, to: string) => {
    if ((statSync(to).mode & 0o222) === 0) throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
    renameSync(from, to);
  };
  await move(at('from'), at('to'), { platform: 'win32', rename });
  expect(readFileSync(at('to'), 'utf8')).toBe('from');
});

it.each<[NodeJS.Platform, string]>([
  ['linux', 'EPERM'],
  ['darwin', 'EBUSY'],
  ['win32', 'ENOSPC'],
])('an error that no waiting mends is thrown at once: %s, %s', async (platform, code) => {
  const mover = held(code, 100, platform);
  await expect(move(at('from'), at('to'), mover)).rejects.toMatchObject({ code });
  expect([mover.attempts, readFileSync(at('to'), 'utf8')]).toEqual([1, 'to']);
});

it('a file that stays held is an error in the end', async () => {
  const mover = held('EBUSY', 100);
  await expect(move(at('from'), at('to'), mover)).rejects.toMatchObject({ code: 'EBUSY' });
  expect(mover.attempts).toBe(9);
});
