import type { Environment } from '../environment.js';
import type { MadeOutput } from '../made-output.js';
import { newsLines } from '../size/news.js';
import { otherRoots } from '../size/other-roots.js';
import { packedSizes } from '../size/packed-sizes.js';
import { sinceBuild } from '../size/since-build.js';
import { readHistory } from './history.js';
import { tasksOf } from './ran-task.js';
import type { Build } from './record.js';
import { runName } from './run-name.js';

/**
 * Says in three lines how large the initrd of a build is that has made something, beside that of the build before; nothing for
 * one that has made nothing. What the build has made is not kept yet. `more` is the command that says more.
 */
export async function newsOf(
  environment: Environment,
  { plan, initramfs }: Build,
  made: readonly MadeOutput[],
  more?: string,
): Promise<string[]> {
  if (!initramfs || tasksOf(plan, made).length === 0) return [];
  const known = await readHistory(environment, plan.name);
  // Other processes of this run may have kept what they have made.
  const before = known?.run === runName() ? known.before : known?.after;
  const sizes = packedSizes(plan, initramfs);
  const since = sinceBuild(plan.name, sizes, before);
  return newsLines(sizes, since, { more, formats: otherRoots(plan) });
}
