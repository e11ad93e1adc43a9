import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeWhole } from './write-whole.js';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'write-whole-'))));
afterEach(() => rmSync(root, { recursive: true }));

const bytes = [Buffer.from('a'), Buffer.from('b')];

it('a file is written in folders that are made for it, and again', async () => {
  await writeWhole(join(root, 'a/b/file'), [Buffer.from('before')]);
  await writeWhole(join(root, 'a/b/file'), bytes);
  expect(readFileSync(join(root, 'a/b/file'), 'utf8')).toBe('ab');
  expect(readdirSync(join(root, 'a/b'))).toEqual(['file']);
});

it('a place that takes no file is named as the user named it', async () => {
  writeFileSync(join(root, 'file'), '');
  await expect(writeWhole(join(root, 'file/a/b'), bytes, 'file/a/b')).rejects.toMatchObject({
    code: 'unwritable',
    message: expect.stringMatching(/^cannot write file\/a\/b: ENOTDIR/),
  });
});

it('an error of what makes the bytes stays what it is, and leaves the file as it was', async () => {
  writeFileSync(join(root, 'file'), 'before');
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield bytes[0];
    throw new Error('no more');
  }
  await expect(writeWhole(join(root, 'file'), failing())).rejects.toThrow('no more');
  expect(readdirSync(root)).toEqual(['file']);
  expect(readFileSync(join(root, 'file'), 'utf8')).toBe('before');
});
