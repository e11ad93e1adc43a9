import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { chunksOf, WINDOW, type Fill } from '../chunks/record.js';
import type { Recipe, Run } from '../entry/recipe.js';
import { StoredGzip } from '../entry/stored-gzip.js';
import { CacheError } from '../error.js';

/**
 * Puts an archive together and writes it to a new file, gzipped. Throws `damaged-entry` unless it is the archive that the
 * recipe says, byte for byte. Memory: a few megabytes.
 */
export async function assemble(recipe: Recipe, read: (run: Run) => Fill, path: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    const hash = createHash('sha256');
    const gzip = new StoredGzip({
      write: async (bytes) => file.appendFile(bytes),
      plain: (bytes) => void hash.update(bytes),
    });
    const window = Buffer.allocUnsafe(WINDOW);
    let size = 0;
    const take = (bytes: Buffer) => {
      size += bytes.length;
      if (size > recipe.size) throw damaged(`more than ${recipe.size} bytes`);
      return gzip.add(bytes);
    };
    for (const op of recipe.ops) {
      if ('literal' in op) await take(op.literal);
      else
        for await (const chunks of chunksOf(read(op), window)) for (const chunk of chunks) await take(chunk);
    }
    await gzip.finish();
    if (size < recipe.size) throw damaged(`${size} bytes`);
    const sha256 = hash.digest('hex');
    if (sha256 !== recipe.sha256) throw damaged(`sha256 ${sha256}`);
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
