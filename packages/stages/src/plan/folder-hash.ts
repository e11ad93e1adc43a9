import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join, relative } from 'node:path';

/** sha256 over the names and contents of a small folder's files, sorted by name. */
export function folderHash(folder: string): string {
  const hash = createHash('sha256');
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => ({
      link: entry.isSymbolicLink(),
      path: join(entry.parentPath ?? entry.path, entry.name),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const { path, link } of names) {
    const bytes = link ? readlinkSync(path) : readFileSync(path);
    hash.update(`${relative(folder, path)}\0`).update(createHash('sha256').update(bytes).digest());
  }
  return hash.digest('hex');
}
