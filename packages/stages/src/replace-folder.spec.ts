import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { removeFolder, replaceFolder } from './replace-folder.js';

let root: string;
const folder = () => join(root, 'format');

beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'replace-folder-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const fill = (text: string) =>
  replaceFolder(folder(), async (temporary) => writeFileSync(join(temporary, 'file'), text));

it('replaces a folder as a whole', async () => {
  await fill('1');
  writeFileSync(join(folder(), 'foreign'), '');
  await fill('2');
  expect(readdirSync(folder())).toEqual(['file']);
  expect(readFileSync(join(folder(), 'file'), 'utf8')).toBe('2');
  expect(readdirSync(root)).toEqual(['format']);
});

it('keeps the old one when filling the new one fails, and leaves nothing beside it', async () => {
  await fill('1');
  const failing = replaceFolder(folder(), async () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  expect(readFileSync(join(folder(), 'file'), 'utf8')).toBe('1');
  expect(readdirSync(root)).toEqual(['format']);
});

it('a large folder is removed before the new one is written, and stays removed when writing fails', async () => {
  await fill('1');
  const failing = replaceFolder(
    folder(),
    async (temporary) => {
      writeFileSync(join(temporary, 'file'), '2');
      expect(existsSync(folder())).toBe(false);
      throw new Error('no');
    },
    { large: true },
  );
  await expect(failing).rejects.toThrow('no');
  expect(readdirSync(root)).toEqual([]);
});

it('the files of a secret folder are for the user alone, while they are written too', async () => {
  const modeOf = (path: string) => statSync(path).mode & 0o777;
  await replaceFolder(
    folder(),
    async (temporary) => {
      writeFileSync(join(temporary, 'file'), '1', { mode: 0o755 });
      expect(modeOf(temporary)).toBe(0o700);
    },
    { secret: true },
  );
  expect(modeOf(join(folder(), 'file'))).toBe(0o700);
  expect(modeOf(folder())).toBe(0o700);
});

it('a killed process leaves the old folder, and the next call removes its temporary folder', async () => {
  await fill('1');
  // The name that the killed process would have given it.
  const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const left = `${folder()}.${hostname()}.${child.pid}-0a1b2c3d.tmp`;
  await replaceFolder(left, async (temporary) => writeFileSync(join(temporary, 'half'), ''));
  await fill('2');
  // The process still runs, so its folder stays.
  expect(existsSync(left)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await fill('3');
  expect(readdirSync(root)).toEqual(['format']);
});

it('keeps files with similar names that are no leftovers', async () => {
  const names = [`format.${hostname()}.1x-0a.tmp`, 'format.other.999999999-0a.tmp', 'formats', 'format.tmp'];
  for (const name of names) writeFileSync(join(root, name), '');
  await fill('1');
  expect(readdirSync(root).sort()).toEqual(['format', ...names].sort());
});

it('a leftover of another machine, or of this one under another name, goes after a day', async () => {
  const names = ['format.old-name.123-0a1b2c3d.tmp', 'format.other.local.123-0a1b2c3e.tmp'];
  for (const name of names) mkdirSync(join(root, name));
  const twoDaysAgo = new Date(Date.now() - 48 * 3600_000);
  utimesSync(join(root, names[0]), twoDaysAgo, twoDaysAgo);
  await fill('1');
  expect(readdirSync(root).sort()).toEqual(['format', names[1]]);
});

it('replacements at the same time all succeed, and leave one whole folder', async () => {
  await Promise.all(
    Array.from({ length: 8 }, async (_, build) => {
      for (let i = 0; i < 20; i += 1) {
        await replaceFolder(
          folder(),
          async (temporary) => {
            for (const name of ['a', 'b', 'c']) writeFileSync(join(temporary, name), `${build}`);
            await setImmediate();
          },
          { large: i % 2 === 0 },
        );
      }
    }),
  );
  expect(readdirSync(root)).toEqual(['format']);
  const texts = readdirSync(folder()).map((name) => readFileSync(join(folder(), name), 'utf8'));
  expect(texts).toHaveLength(3);
  expect(new Set(texts).size).toBe(1);
});

it('removing a folder leaves nothing beside it, and a folder that is not there is no error', async () => {
  await fill('1');
  await removeFolder(folder());
  await removeFolder(folder());
  expect(readdirSync(root)).toEqual([]);
});

describe('what is in the way is named', () => {
  const unwritable = (message: RegExp) => ({
    code: 'unwritable',
    message: expect.stringMatching(message) as string,
    hint: expect.any(String) as string,
  });

  it('a file in place of the parent', async () => {
    writeFileSync(join(root, 'file'), '');
    const replaced = replaceFolder(join(root, 'file/format'), async () => undefined);
    await expect(replaced).rejects.toMatchObject(
      unwritable(/^a file .* lies where a folder is needed: .*file/),
    );
  });

  it('a link in place of the parent that leads nowhere', async () => {
    symlinkSync('nowhere/at/all', join(root, 'link'));
    const replaced = replaceFolder(join(root, 'link/format'), async () => undefined);
    await expect(replaced).rejects.toMatchObject(unwritable(/^a file or a broken link lies .*link/));
  });

  it('a name that is too long', async () => {
    const replaced = replaceFolder(join(root, 'x'.repeat(300), 'format'), async () => undefined);
    await expect(replaced).rejects.toMatchObject(unwritable(/^a name is too long/));
  });

  it.each([
    'ENOSPC',
    'EROFS',
    'ENOTDIR',
    'EACCES',
    'ENOTEMPTY',
    'EIO',
    'EMFILE',
    'EBUSY',
    'ENOENT',
    'EOVERFLOW',
  ])('%s while the folder is filled', async (code) => {
    const error = Object.assign(new Error(`${code}: no, write '/there'`), {
      ...{ code, syscall: 'write', path: '/there' },
    });
    await expect(replaceFolder(folder(), () => Promise.reject(error))).rejects.toMatchObject(
      unwritable(/: \/there$/),
    );
    expect(readdirSync(root)).toEqual([]);
  });

  it('a defect keeps its stack', async () => {
    const defect = Object.assign(new TypeError('x is not a function'), { code: 'ERR_X' });
    await expect(replaceFolder(folder(), () => Promise.reject(defect))).rejects.toBe(defect);
  });
});
