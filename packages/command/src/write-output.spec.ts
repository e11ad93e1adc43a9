import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { writeOutput } from './write-output.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'write-output-'))));
afterEach(() => rmSync(folder, { recursive: true }));

async function* bytes(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('a');
  yield Buffer.from('b');
}

it('a file is written in folders that are made for it', async () => {
  await writeOutput('a/b/file', bytes(), { folder, stdout: new PassThrough() });
  expect(readFileSync(join(folder, 'a/b/file'), 'utf8')).toBe('ab');
  expect(readdirSync(join(folder, 'a/b'))).toEqual(['file']);
});

it('a file system that makes no folders is an error, and no endless wait', async () => {
  if (process.platform !== 'linux') return;
  const written = writeOutput('/proc/none/a/file', bytes(), { folder, stdout: new PassThrough() });
  await expect(written).rejects.toMatchObject({ code: 'ENOENT' });
});
