import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, posix, relative, sep } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';

/** Folders whose nodes have a digest in their name: a new one leaves what was made of the old one behind. */
const SHARED = ['images', 'packages', 'segment'];

/** Milliseconds. A build that runs meanwhile may have another graph; and who switches branches comes back soon. */
const KEPT = 24 * 60 * 60 * 1000;

/** Removes what was made, a day ago or longer, for images and segments that no system of the workspace has now. */
export async function removeLeftovers({
  root,
  projectGraph,
}: Pick<ExecutorContext, 'root' | 'projectGraph'>): Promise<void> {
  if (!projectGraph) return;
  const nodes = new Set(Object.values(projectGraph.nodes).map(({ data }) => data.root));
  for (const name of SHARED) {
    for (const output of await outputsBelow(join(root, '.linuxkit', name))) {
      const node = relative(root, dirname(output)).split(sep).join(posix.sep);
      if (!nodes.has(node) && (await isOld(output))) await removeUpTo(join(root, '.linuxkit'), output);
    }
  }
}

/** The folders that stages wrote: each has its seal. */
async function outputsBelow(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  return files.filter((file) => /[\\/]stage\.json$/.test(file)).map((file) => dirname(join(folder, file)));
}

async function isOld(output: string): Promise<boolean> {
  const { mtimeMs } = await stat(join(output, 'stage.json'));
  return Date.now() - mtimeMs > KEPT;
}

/** And the folders above that are empty then. */
async function removeUpTo(top: string, output: string): Promise<void> {
  await rm(output, { recursive: true, force: true });
  for (let folder = dirname(output); folder !== top; folder = dirname(folder)) {
    const empty = await rmdir(folder).then(
      () => true,
      () => false,
    );
    if (!empty) return;
  }
}
