import { readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { readSeal } from '../seal.js';
import { compareFiles } from './compare-files.js';

/**
 * Files of stages below `.linuxkit` of the workspace that differ from those that were made again; sorted, relative to the
 * workspace. They tell where wrong bytes came in. Files that the workspace lacks do not count.
 */
export async function changedOutputs(workspaceRoot: string, outputRoot: string): Promise<string[]> {
  const names = await readdir(join(outputRoot, '.linuxkit'), { recursive: true }).catch(() => []);
  const seals = names.filter((name) => /(^|[\\/])stage\.json$/.test(name)).sort();
  const changed: string[] = [];
  for (const name of seals) {
    const folder = dirname(join(outputRoot, '.linuxkit', name));
    const seal = await readSeal(folder);
    for (const file of Object.keys(seal?.files ?? {})) {
      const path = join(relative(outputRoot, folder), file);
      const { actual, firstDifference } = await compareFiles(
        join(workspaceRoot, path),
        join(outputRoot, path),
      );
      if (actual !== undefined && firstDifference !== undefined) changed.push(path);
    }
  }
  return changed;
}
