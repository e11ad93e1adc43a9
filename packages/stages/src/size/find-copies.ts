import { createHash } from 'node:crypto';
import { lendContent, type Content } from '@nx-linuxkit/tree';
import type { RootFile } from './root-files.js';
import type { Copies } from './system-size.js';

/** Bytes of a file below which a copy costs next to nothing. */
const SMALLEST = 4096;

/** Finds files with the same bytes, those that take the most first. Reads only files that have the size of another. */
export async function findCopies(files: readonly RootFile[]): Promise<Copies[]> {
  const bySize = groups(
    files.filter(({ size }) => size >= SMALLEST).map((file) => [String(file.size), file]),
  );
  const copies: Copies[] = [];
  for (const alike of bySize) {
    const hashed: [string, RootFile][] = [];
    for (const file of alike) hashed.push([await sha256(file.content), file]);
    for (const same of groups(hashed)) {
      copies.push({ size: same[0].size, paths: same.map(({ path }) => path).sort() });
    }
  }
  return copies.sort((a, b) => wasted(b) - wasted(a) || (a.paths[0] < b.paths[0] ? -1 : 1));
}

/** Bytes that the copies of a file take. */
export function wasted({ size, paths }: Copies): number {
  return size * (paths.length - 1);
}

/** Groups files by their keys, and leaves out those that are alone. */
function groups(keyed: readonly (readonly [string, RootFile])[]): RootFile[][] {
  const found = new Map<string, RootFile[]>();
  for (const [key, file] of keyed) found.set(key, [...(found.get(key) ?? []), file]);
  return [...found.values()].filter(({ length }) => length > 1);
}

async function sha256(content: Content): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of lendContent(content)) hash.update(chunk);
  return hash.digest('hex');
}
