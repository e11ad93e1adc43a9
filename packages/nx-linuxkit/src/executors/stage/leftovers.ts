import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, posix, relative, sep } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';

/** Folders of nodes that have a digest in their name: the outputs of an old digest stay when a new one comes. */
const SHARED = ['images', 'packages', 'segment'];

/**
 * Milliseconds that outputs are kept: another build may run with another graph, and takes less time. A branch to which a
 * person returns later gets them from Nx's cache or out of the store. Each new digest of an image leaves as many bytes as the
 * image has.
 */
const KEPT = 60 * 60 * 1000;

/** Removes outputs of images and segments that no system of the workspace has now, if they are older than an hour. */
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

/** The folders below a folder that stages wrote: each has a seal. */
async function outputsBelow(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  return files.filter((file) => /[\\/]stage\.json$/.test(file)).map((file) => dirname(join(folder, file)));
}

/** False for an output that another build has removed meanwhile. */
async function isOld(output: string): Promise<boolean> {
  const found = await stat(join(output, 'stage.json')).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > KEPT;
}

/** Removes an output, and the folders above it that are empty then. */
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
