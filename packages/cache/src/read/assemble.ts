import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { chunksOf } from '../chunks/record.js';
import type { Recipe, Run } from '../entry/recipe.js';
import { StoredGzip } from '../entry/stored-gzip.js';
import { CacheError } from '../error.js';

/** Bytes that are written at once. */
const WRITE_SIZE = 1 << 20;

/**
 * Puts an archive together and writes it to a new file, gzipped. Throws `damaged-entry` unless it is the archive that the
 * recipe says, byte for byte. Memory: a few megabytes.
 */
export async function assemble(
  recipe: Recipe,
  read: (run: Run) => AsyncIterable<Buffer>,
  path: string,
): Promise<void> {
  const file = await open(path, 'wx');
  try {
    const [gzip, hash] = [new StoredGzip(), createHash('sha256')];
    let [waiting, length, size] = [[gzip.begin()], 0, 0];
    const flush = async () => {
      await file.appendFile(Buffer.concat(waiting));
      [waiting, length] = [[], 0];
    };
    const take = async (bytes: Buffer) => {
      size += bytes.length;
      if (size > recipe.size) throw damaged(`more than ${recipe.size} bytes`);
      hash.update(bytes);
      waiting.push(...gzip.blocks(bytes));
      length += bytes.length;
      if (length >= WRITE_SIZE) await flush();
    };
    for (const op of recipe.ops) {
      if ('literal' in op) await take(op.literal);
      else for await (const chunk of chunksOf(read(op))) await take(chunk);
    }
    if (size < recipe.size) throw damaged(`${size} bytes`);
    const sha256 = hash.digest('hex');
    if (sha256 !== recipe.sha256) throw damaged(`sha256 ${sha256}`);
    waiting.push(gzip.end());
    await flush();
  } finally {
    await file.close();
  }

  function damaged(got: string): CacheError {
    return new CacheError(
      'damaged-entry',
      `expected an archive of ${recipe.size} bytes with sha256 ${recipe.sha256}, got ${got}`,
    );
  }
}
