import { cpioMembers, type Inode } from '@nx-linuxkit/tree';
import type { SealedFile } from '../seal.js';
import type { Segment } from '../segment/index.js';
import { isAtRoot } from '../segment/place-segment.js';
import { capablePrograms, unpackedSize } from '../segment/summary.js';
import type { Arrangement } from './arrangement.js';
import type { ArrangementCache } from './arrangement-cache.js';
import { mergeAroundIsolated } from './isolated-images.js';
import type { MakeRemade } from './make-remade.js';
import type { MergedRoot, RootInput } from './merged-root.js';
import { partOwn } from './own-entries.js';
import { reconcile } from './reconcile.js';

/** An arrangement, and how to note it for later builds once its files are written. */
export interface Arranged {
  readonly arrangement: Arrangement;
  /** Absent where an earlier build has noted it, or where it depends on more than the cache's key. */
  readonly remember?: (remadeFile: SealedFile | undefined) => Promise<void>;
}

/** Recalls the arrangement from a build whose trees were the same, else computes it from the trees. */
export async function arrange(
  input: RootInput,
  segments: readonly Segment[],
  cache: ArrangementCache,
  makeRemade: MakeRemade,
): Promise<Arranged> {
  const inFolders = segments.filter((_, i) => !isAtRoot(input.plan.segments[i]));
  const known = await cache.recall();
  if (known) return { arrangement: withIsolated(known, inFolders) };

  const merged = await mergeAroundIsolated(
    input,
    segments.map(({ summary }) => summary),
  );
  const { taken, remade, own: rest } = reconcile(merged);
  const { brought, own } = partOwn(rest, generatedInodes(merged));
  const arrangement: Arrangement = {
    taken,
    remade: await makeRemade(remade, cpioMembers(brought, 'images')),
    own,
    unpacked: unpackedSize(merged.root),
    capable: capablePrograms(merged.root),
  };
  const isolated = segments.filter((_, i) => merged.segments[i].summary);
  return {
    arrangement: withIsolated(arrangement, isolated),
    // An arrangement that looked into an image depends on that image's tree, which the cache's key does not cover.
    ...(isolated.length === inFolders.length && {
      remember: (file) => cache.remember(arrangement, file, merged.own),
    }),
  };
}

/** Files whose bytes the system itself brings. */
function generatedInodes({ own, files }: MergedRoot): Set<Inode> {
  return new Set([...own.entries(), ...files].map(({ inode }) => inode));
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
