import type { SealedFile } from '../seal.js';
import type { Segment } from '../segment/index.js';
import { isAtRoot } from '../segment/place-segment.js';
import type { Arrangement } from './arrangement.js';
import type { ArrangementCache } from './arrangement-cache.js';
import type { RemadeInput } from './make-remade.js';
import type { RootInput } from './merged-root.js';

/** An arrangement, and how to note it for later builds once its files are written. */
export interface Arranged {
  readonly arrangement: Arrangement;
  /** Absent where an earlier build has noted it, or where it depends on more than the cache's key. */
  readonly remember?: (remadeFile: SealedFile | undefined) => Promise<void>;
}

/** Recalls the arrangement from a build whose trees were the same, else computes it from the trees. */
export async function arrange(
  input: RootInput & RemadeInput,
  segments: readonly Segment[],
  cache: ArrangementCache,
): Promise<Arranged> {
  const inFolders = segments.filter((_, i) => !isAtRoot(input.plan.segments[i]));
  const known = await cache.recall();
  if (known) return { arrangement: withIsolated(known, inFolders) };

  // Loaded here, because a build that recalls its arrangement looks at no tree.
  const { computeArrangement } = await import('./compute-arrangement.js');
  const { arrangement, merged } = await computeArrangement(input, segments);
  const isolated = segments.filter((_, i) => merged.segments[i].summary);
  return {
    arrangement: withIsolated(arrangement, isolated),
    // An arrangement that looked into an image depends on that image's tree, which the cache's key does not cover.
    ...(isolated.length === inFolders.length && {
      remember: (file) => cache.remember(arrangement, file, merged.own),
    }),
  };
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
