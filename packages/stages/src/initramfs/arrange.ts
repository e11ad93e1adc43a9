import type { Entry } from '@nx-linuxkit/tree';
import type { Log } from '../environment.js';
import type { Bundles } from '../oci-config/index.js';
import type { Pipeline } from '../pipeline.js';
import type { OsPlan } from '../plan/os-plan.js';
import type { PlannedSegment } from '../segment/archives.js';
import type { Segment } from '../segment/index.js';
import { capablePrograms, unpackedSize } from '../segment/summary.js';
import { agree } from './agree.js';
import { assembleAround } from './alone.js';
import type { PlacedContainer } from './assemble.js';
import type { PlacedFile } from './files.js';
import { isAtRoot } from './own-tree.js';
import { RememberedArrangement } from './remembered-arrangement.js';

/** How the initramfs of an OS is put together: all that the trees of its images are asked for. */
export interface Arrangement {
  /** One for each container, in their order. */
  readonly segments: readonly ArrangedSegment[];
  /** What no segment holds: the last archive. */
  readonly own: readonly Entry[];
  /** Bytes of memory that the root takes. */
  readonly unpacked: number;
  /** Programs with file capabilities, sorted. */
  readonly capable: readonly string[];
}

export interface ArrangedSegment {
  /** Bytes at its front that an earlier one has brought. */
  readonly start: number;
  /** Planned anew for this OS, where the segment as it is does not fit. */
  readonly again?: { readonly container: PlacedContainer; readonly planned: PlannedSegment };
}

/** Recalls the arrangement from a build whose trees were the same, else works it out from them. */
export async function arrange(
  pipeline: Pipeline,
  plan: OsPlan,
  segments: readonly Segment[],
  bundles: Bundles,
  files: readonly PlacedFile[],
  log: Log,
): Promise<Arrangement> {
  const remembered = await RememberedArrangement.of(pipeline, plan, { segments, bundles, files }, log);
  const secluded = segments.filter((_, i) => !isAtRoot(plan.containers[i]));
  const known = await remembered.recall();
  if (known) return withSecluded(known, secluded);
  const assembly = await assembleAround(pipeline, plan, segments, files, log);
  const { segments: agreed, own } = agree(assembly, segments);
  const arrangement: Arrangement = {
    segments: agreed.map(({ container, start, again }) => ({
      start,
      ...(again && { again: { container, planned: again } }),
    })),
    own,
    unpacked: unpackedSize(assembly.root),
    capable: capablePrograms(assembly.root),
  };
  const alone = segments.filter((_, i) => assembly.containers[i].summary);
  // One that has company was looked into, so that the arrangement depends on its tree.
  if (alone.length === secluded.length) await remembered.remember(arrangement, assembly.own);
  return withSecluded(arrangement, alone);
}

/** Adds what the root does not show: images that have a folder of it to themselves. */
function withSecluded(arrangement: Arrangement, secluded: readonly Segment[]): Arrangement {
  const summaries = secluded.map(({ summary }) => summary);
  return {
    ...arrangement,
    unpacked: summaries.reduce((sum, { unpacked }) => sum + unpacked, arrangement.unpacked),
    capable: [...arrangement.capable, ...summaries.flatMap(({ capable }) => capable)].sort(),
  };
}
