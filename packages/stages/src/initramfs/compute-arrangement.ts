import { cpioMembers, type Inode } from '@nx-linuxkit/tree';
import type { Segment } from '../segment/index.js';
import { capablePrograms, unpackedSize } from '../segment/summary.js';
import type { Arrangement } from './arrangement.js';
import { mergeAroundIsolated } from './isolated-images.js';
import { makeRemade, type RemadeInput } from './make-remade.js';
import { checkImageStore } from './check-image-store.js';
import type { MergedRoot, RootInput } from './merged-root.js';
import { partOwn } from './own-entries.js';
import { reconcile } from './reconcile.js';

/** Computes the arrangement of a system out of the trees of its images, and makes the parts that only it has. */
export async function computeArrangement(
  input: RootInput & RemadeInput,
  segments: readonly Segment[],
): Promise<{ arrangement: Arrangement; merged: MergedRoot }> {
  const merged = await mergeAroundIsolated(
    input,
    segments.map(({ summary }) => summary),
  );
  checkImageStore(input.plan, merged.root);
  const { taken, remade, own: rest } = reconcile(merged);
  const { brought, own } = partOwn(rest, generatedInodes(merged));
  const arrangement: Arrangement = {
    taken,
    remade: await makeRemade(remade, cpioMembers(brought, 'images'), input),
    own,
    unpacked: unpackedSize(merged.root),
    capable: capablePrograms(merged.root),
  };
  return { arrangement, merged };
}

/** Files whose bytes the system itself brings. The bill of materials stems from the images, and changes with them alone. */
function generatedInodes({ own, files }: MergedRoot): Set<Inode> {
  return new Set([...own.entries(), ...files].map(({ inode }) => inode));
}
