import { readFile } from 'node:fs/promises';
import { readContent } from '@nx-linuxkit/tree';
import type { Tree } from '@nx-linuxkit/tree';
import { DebianError } from '../errors.js';
import { sourcePath } from './files.js';
import { symlink } from './inodes.js';
import type { Applets } from './model.js';

/**
 * Adds symlinks from each applet's path to the binary, except where a file already is. Throws `missing-file` for an
 * applet that the binary does not have.
 */
export async function addApplets(tree: Tree, { binary, source }: Applets, folder: string): Promise<void> {
  const inode = tree.get(binary.slice(1));
  if (!inode?.content) throw new DebianError('missing-file', `applets: there is no ${binary}`);
  const paths = (await readFile(sourcePath(folder, source), 'utf8'))
    .split('\n')
    .filter((line) => line !== '');
  const chunks: Uint8Array[] = [];
  for await (const chunk of readContent(inode.content)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  for (const path of paths.map((line) => line.replace(/^\//, ''))) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    // busybox holds its applets as a table of NUL-terminated names.
    if (!bytes.includes(`\0${name}\0`)) {
      throw new DebianError('missing-file', `${binary} has no applet ${name}`, {
        hint: `Remove it from ${source}.`,
      });
    }
    if (!tree.get(path)) tree.set(path, symlink(binary));
  }
}
