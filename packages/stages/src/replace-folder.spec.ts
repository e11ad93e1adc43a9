import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceFolder } from './replace-folder.js';

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
