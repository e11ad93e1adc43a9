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
import type { Assembly, PlacedContainer } from './assemble.js';
import type { PlacedFile } from './files.js';
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
  const known = await remembered.recall();
  if (known) return known;
  const assembly = await assembleAround(pipeline, plan, segments, files, log);
  const { segments: agreed, own } = agree(assembly, segments);
  const arrangement: Arrangement = {
    segments: agreed.map(({ container, start, again }) => ({
      start,
      ...(again && { again: { container, planned: again } }),
    })),
    own,
    unpacked: memoryOf(assembly),
    capable: capableOf(assembly),
  };
  await remembered.remember(arrangement, assembly.own);
  return arrangement;
}

function memoryOf({ containers, root }: Assembly): number {
  return containers.reduce((sum, { summary }) => sum + (summary?.unpacked ?? 0), unpackedSize(root));
}

function capableOf({ containers, root }: Assembly): string[] {
  return [...capablePrograms(root), ...containers.flatMap(({ summary }) => summary?.capable ?? [])].sort();
}
