import { GPT_TYPES, veritySize, type GptPartition, type Image } from '@nx-linuxkit/disk';
import type { Slot } from './slot.js';

const MIB = 2 ** 20;
/** How much larger than the first version's root the partitions are: later versions grow. */
const GROWTH = 1.5;
/** Bytes of which the partitions are multiples. */
const UNIT = 16 * MIB;

/** Types of the Discoverable Partitions Specification. */
const TYPES: Readonly<Record<string, { readonly root: string; readonly tree: string }>> = {
  amd64: { root: GPT_TYPES.rootAmd64, tree: GPT_TYPES.rootVerityAmd64 },
  arm64: { root: GPT_TYPES.rootArm64, tree: GPT_TYPES.rootVerityArm64 },
};

/**
 * The partitions of two roots under dm-verity, the second one empty; none for a root in the initramfs. As the Discoverable
 * Partitions Specification has it, their GUIDs are the first and the second half of the root hash.
 */
export function rootPartitions({ root }: Slot, platform: string): GptPartition[] {
  if (!root) return [];
  const size = Math.ceil((root.volume.size * GROWTH) / UNIT) * UNIT;
  const types = TYPES[platform.split('/')[1]];
  const pair = (letter: string, volume: Image, tree: Image, hash?: string): GptPartition[] => [
    {
      image: { ...volume, size },
      type: types.root,
      name: `root-${letter}`,
      readOnly: true,
      guid: hash?.slice(0, 32),
    },
    {
      image: { ...tree, size: veritySize(size) },
      type: types.tree,
      name: `verity-${letter}`,
      readOnly: true,
      guid: hash?.slice(32),
    },
  ];
  const empty: Image = { size: 0, extents: [] };
  return [...pair('a', root.volume, root.tree, root.hash), ...pair('b', empty, empty)];
}
