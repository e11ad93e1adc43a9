import type { Segment } from '../segment/index.js';
import { capablePrograms, unpackedSize } from '../segment/summary.js';
import type { Arrangement } from './arrangement.js';
import type { ArrangementCache } from './arrangement-cache.js';
import { mergeAroundIsolated } from './isolated-images.js';
import type { RootInput } from './merged-root.js';
import { isAtRoot } from './own-tree.js';
import { reconcile } from './reconcile.js';

/** Recalls the arrangement from a build whose trees were the same, else computes it from the trees and remembers it. */
export async function arrange(
  input: RootInput,
  segments: readonly Segment[],
  cache: ArrangementCache,
): Promise<Arrangement> {
  const inFolders = segments.filter((_, i) => !isAtRoot(input.plan.segments[i]));
  const known = await cache.recall();
  if (known) return withIsolated(known, inFolders);

  const merged = await mergeAroundIsolated(
    input,
    segments.map(({ summary }) => summary),
  );
  const { segments: reconciled, own } = reconcile(merged, segments);
  const arrangement: Arrangement = {
    segments: reconciled,
    own,
    unpacked: unpackedSize(merged.root),
    capable: capablePrograms(merged.root),
  };
  const isolated = segments.filter((_, i) => merged.segments[i].summary);
  // An arrangement that looked into an image depends on that image's tree, which the cache's key does not cover.
  if (isolated.length === inFolders.length) await cache.remember(arrangement, merged.own);
  return withIsolated(arrangement, isolated);
}

/** Adds what the root does not show: the files of isolated images. */
function withIsolated(arrangement: Arrangement, isolated: readonly Segment[]): Arrangement {
  const summaries = isolated.map(({ summary }) => summary);
  return {
    ...arrangement,
    unpacked: summaries.reduce((sum, { unpacked }) => sum + unpacked, arrangement.unpacked),
    capable: [...arrangement.capable, ...summaries.flatMap(({ capable }) => capable)].sort(),
  };
}
