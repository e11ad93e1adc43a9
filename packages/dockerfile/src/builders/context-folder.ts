import { createWriteStream } from 'node:fs';
import { chmod, lutimes, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readContent, type Tree } from '@nx-linuxkit/tree';

/**
 * Writes a build context into a new folder, with its modes and times, for programs that read no tar. The files of a context
 * come from folders of this machine, so none of them lies below a symlink.
 */
export async function writeContextFolder(context: Tree, folder: string): Promise<void> {
  await mkdir(folder);
  const entries = context.entries().filter(({ path }) => path !== '');
  for (const { path, inode } of entries) {
    const place = join(folder, path);
    if (inode.type === 'dir') await mkdir(place, { recursive: true });
    else if (inode.type === 'symlink') await symlink(inode.target as string, place);
    else if (!inode.content) await writeFile(place, '');
    else await pipeline(Readable.from(readContent(inode.content)), createWriteStream(place, { flags: 'wx' }));
    if (inode.type !== 'symlink') await chmod(place, inode.mode);
  }
  // A folder's time changes while files are made in it.
  for (const { path, inode } of entries.reverse())
    await lutimes(join(folder, path), inode.mtime, inode.mtime);
}
