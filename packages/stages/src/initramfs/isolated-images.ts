import { IMPLIED_DIR, ancestorsOf } from '@nx-linuxkit/tree';
import type { SegmentNode } from '../plan/os-plan.js';
import { isAtRoot } from '../segment/place-segment.js';
import type { SegmentSummary } from '../segment/summary.js';
import type { AssembledSegment } from './assembled-segment.js';
import { isSameDirectory } from './image-share.js';
import { mergeRoot, type MergedRoot, type RootInput } from './merged-root.js';

/**
 * Merges a root without looking into isolated images: those that have a folder of the root to themselves. Their
 * segments unpack to just that folder, and their summaries say what else must be known, so a change costs what the
 * images at the root cost, however many services there are. `summaries` has one for each segment of the plan. An
 * image turns out not to be isolated where something else reaches into its folder; it is placed like the others then.
 */
export async function mergeAroundIsolated(
  input: RootInput,
  summaries: readonly SegmentSummary[],
): Promise<MergedRoot> {
  const isolated = new Map<SegmentNode, SegmentSummary>(
    input.plan.segments.map((node, i) => [node, summaries[i]] as const).filter(([node]) => !isAtRoot(node)),
  );
  for (;;) {
    const merged = await mergeRoot(input, isolated);
    const met = merged.segments.filter((one) => one.summary && !isIsolated(one, merged));
    if (met.length === 0) return merged;
    for (const { node } of met) isolated.delete(node);
  }
}

/**
 * No part, symlink or file of another reaches below the image's prefix, and the directories that lead there have the mode
 * and owner that the image's own parts name.
 */
function isIsolated({ placed }: AssembledSegment, { segments, files, sbom, root }: MergedRoot): boolean {
  const { prefix } = placed;
  const isAsNamed = (path: string) => isSameDirectory(placed.tree.get(path) ?? IMPLIED_DIR, root.get(path));
  if (![...ancestorsOf(prefix), prefix].every(isAsNamed)) return false;
  if (root.children(prefix).length > 0) return false;
  if (segments.some((other) => other.placed !== placed && other.placed.tree.get(prefix) !== undefined))
    return false;
  // A symlink in the image may lead a file elsewhere.
  return ![...files, ...(sbom ? [sbom] : [])].some(({ path }) => root.passesBelow(path, prefix));
}
