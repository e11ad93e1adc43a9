import { ancestorsOf } from '@nx-linuxkit/tree';
import type { Log } from '../environment.js';
import type { Pipeline } from '../pipeline.js';
import type { ContainerNode, OsPlan } from '../plan/os-plan.js';
import type { Segment } from '../segment/index.js';
import type { SegmentSummary } from '../segment/summary.js';
import { assemble, type Assembly, type PlacedContainer } from './assemble.js';
import type { PlacedFile } from './files.js';
import { isAtRoot } from './own-tree.js';

/**
 * Assembles a root without looking into images that have a folder of it to themselves: their segments were made to
 * unpack to just that, and what else there is to know of them stands in their summaries. So a change costs what the
 * images at the root cost, however many services there are. An image that turns out to have company is placed
 * like the others then.
 */
export async function assembleAround(
  pipeline: Pipeline,
  plan: OsPlan,
  segments: readonly Segment[],
  files: readonly PlacedFile[],
  log: Log,
): Promise<Assembly> {
  const summaries = new Map<ContainerNode, SegmentSummary>(
    plan.containers
      .map((node, i) => [node, segments[i].summary] as const)
      .filter(([node]) => !isAtRoot(node)),
  );
  for (;;) {
    const assembly = await assemble(pipeline, plan, log, files, summaries);
    const met = assembly.containers.filter((one) => one.summary && !isAlone(one, assembly));
    if (met.length === 0) return assembly;
    for (const { node } of met) summaries.delete(node);
  }
}

/** No neighbour's archive, symlink or file reaches below its prefix. The folder's own metadata may be another's. */
function isAlone({ placed }: PlacedContainer, { containers, files, root }: Assembly): boolean {
  const { prefix } = placed;
  if ([...ancestorsOf(prefix), prefix].some((path) => root.get(path)?.type !== 'dir')) return false;
  if (root.children(prefix).length > 0) return false;
  if (containers.some((other) => other.placed !== placed && other.placed.tree.get(prefix) !== undefined))
    return false;
  // A symlink in the image may lead a file elsewhere.
  return !files.some(({ path }) => root.passesBelow(path, prefix));
}
