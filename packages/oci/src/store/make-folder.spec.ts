import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from './make-folder.js';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'make-folder-'))));
afterEach(() => rmSync(root, { recursive: true }));

it('a folder is made with its parents, by many at once, and again', async () => {
  const path = join(root, 'a/b/c');
  await Promise.all(Array.from({ length: 8 }, () => makeFolder(path, 0o700)));
  await makeFolder(path);
  for (const made of ['a', 'a/b', 'a/b/c']) expect(statSync(join(root, made)).mode & 0o777).toBe(0o700);
});

it('a link to a folder is one', async () => {
  symlinkSync(root, join(root, 'link'));
  await makeFolder(join(root, 'link'));
  await makeFolder(join(root, 'link/a'));
  expect(statSync(join(root, 'a')).isDirectory()).toBe(true);
});

it.each([
  ['a file in its place', 'file', 'EEXIST'],
  ['a file above it', 'file/a/b', 'ENOTDIR'],
  ['a link to nothing above it', 'nowhere/a', 'EEXIST'],
])('%s is an error', async (_, path, code) => {
  writeFileSync(join(root, 'file'), '');
  symlinkSync(join(root, 'nothing'), join(root, 'nowhere'));
  await expect(makeFolder(join(root, path))).rejects.toMatchObject({ code });
});

it('a file system that makes no folders is an error, and no endless wait', async () => {
  if (process.platform !== 'linux') return;
  await expect(makeFolder('/proc/none/a')).rejects.toMatchObject({ code: 'ENOENT' });
});
