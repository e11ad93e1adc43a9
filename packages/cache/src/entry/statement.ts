import type { Recipe } from './recipe.js';

/**
 * What a signature of an entry covers: which task the archive is an output of, and its bytes. How it is cut into packs is
 * not covered, because the archive is compared with its SHA-256 once it is put together.
 */
export function statementOf(hash: string, { size, sha256 }: Pick<Recipe, 'size' | 'sha256'>): Buffer {
  return Buffer.from(`nx-linuxkit cache entry v1\n${hash}\n${size}\n${sha256}\n`);
}
