import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { scratch } from '../__tests__/tools.js';
import { BatchWriter } from './file.js';

const dir = scratch();

test('writes that follow each other and writes with gaps land at their positions', async () => {
  const path = join(dir, 'batches');
  const file = await open(path, 'w');
  const output = new BatchWriter(file);
  for (const [text, position] of [
    ['ab', 3],
    ['', 5],
    ['cde', 5],
    ['z', 12],
  ] as const)
    await output.write(Buffer.from(text), position);
  await output.flush();
  await file.close();
  expect(readFileSync(path, 'latin1')).toBe('\0\0\0abcde\0\0\0\0z');
});
