import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeParts } from './write.js';

const dir = mkdtempSync(join(tmpdir(), 'write-spec-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it('parts lie one after the other from their position on', async () => {
  const path = join(dir, 'parts');
  const file = await open(path, 'w');
  await writeParts(file, ['ab', '', 'cde'].map(Buffer.from), 3);
  await writeParts(file, [], 99);
  await file.close();
  expect(readFileSync(path, 'latin1')).toBe('\0\0\0abcde');
});
