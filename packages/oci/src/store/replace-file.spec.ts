import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceFile } from './replace-file.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-replace-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

it('writes a new file, and replaces one as a whole', async () => {
  await replaceFile(at('lock'), 'a longer text');
  await replaceFile(at('lock'), 'short');
  expect(readFileSync(at('lock'), 'utf8')).toBe('short');
  expect(readdirSync(folder)).toEqual(['lock']);
});

it('keeps a symlink, and replaces the file that it leads to', async () => {
  mkdirSync(at('shared'));
  writeFileSync(at('shared/lock'), 'old');
  symlinkSync('shared/lock', at('lock'));
  await replaceFile(at('lock'), 'new');
  expect(lstatSync(at('lock')).isSymbolicLink()).toBe(true);
  expect(readFileSync(at('shared/lock'), 'utf8')).toBe('new');
  expect(readdirSync(at('shared'))).toEqual(['lock']);
});

it('leaves the old text, and no temporary file, where the new one cannot get its name', async () => {
  mkdirSync(at('lock'));
  writeFileSync(at('lock/inside'), '');
  await expect(replaceFile(at('lock'), 'new')).rejects.toMatchObject({ syscall: 'rename' });
  expect(readdirSync(folder)).toEqual(['lock']);
});
