import { DiskError } from '../error.js';
import { alignUp } from '../image/zeros.js';

export type FatBits = 12 | 16 | 32;

export const SECTOR = 512;
const MIB = 1024 * 1024;
/**
 * 64 heads of 32 sectors: a cylinder is 1 MiB. Only mtools looks, and wants whole tracks;
 * everything that boots today addresses by sector number.
 */
export const HEADS = 64;
export const TRACK = 32;

/** Counts of clusters decide the width, nothing else does: Microsoft's fatgen103, "FAT Type Determination". */
const CLUSTERS: Record<FatBits, readonly [least: number, most: number]> = {
  12: [1, 4084],
  16: [4085, 65524],
  32: [65525, 0x0ffffff4],
};

/**
 * Cluster sizes by the volume's size, as in fatgen103's tables, with FAT12 up to 8 MiB as on El Torito images.
 * `only` rows are for callers who ask for a width that the size would not get by itself.
 */
const ROWS: readonly { bits: FatBits; sectors: number; upTo: number; only?: boolean }[] = [
  { bits: 12, sectors: 1, upTo: 2 * MIB },
  { bits: 12, sectors: 2, upTo: 4 * MIB },
  { bits: 12, sectors: 4, upTo: 8 * MIB },
  { bits: 12, sectors: 8, upTo: 16 * MIB, only: true },
  { bits: 16, sectors: 1, upTo: 8 * MIB, only: true },
  { bits: 16, sectors: 4, upTo: 128 * MIB },
  { bits: 32, sectors: 1, upTo: 260 * MIB, only: true },
  { bits: 16, sectors: 8, upTo: 256 * MIB },
  { bits: 16, sectors: 16, upTo: 512 * MIB },
  { bits: 32, sectors: 8, upTo: 8192 * MIB },
  { bits: 32, sectors: 16, upTo: 16384 * MIB },
  { bits: 32, sectors: 32, upTo: 32768 * MIB },
  { bits: 32, sectors: 64, upTo: 2 ** 32 * SECTOR - MIB },
];

/** Where everything lies; all in sectors unless said. */
export interface FatGeometry {
  readonly bits: FatBits;
  readonly clusterSectors: number;
  readonly reserved: number;
  readonly fatSectors: number;
  readonly rootSectors: number;
  /** First sector of cluster 2. */
  readonly dataStart: number;
  readonly clusters: number;
  readonly total: number;
}

export interface Demand {
  /** Clusters that the content fills, given bytes a cluster. */
  clusters(clusterBytes: number): number;
  /** Directory records in the root, with labels and long names. */
  readonly rootRecords: number;
  readonly minimumSize: number;
  readonly maximumSize: number;
  readonly bits?: FatBits;
}

/** The smallest volume that holds the content and has the size asked for. */
export function chooseGeometry(demand: Demand): FatGeometry {
  for (const row of ROWS) {
    if (demand.bits === undefined ? row.only : row.bits !== demand.bits) continue;
    const geometry = geometryOf(row.bits, row.sectors, demand);
    if (!geometry || geometry.total * SECTOR > row.upTo) continue;
    return checkMaximum(geometry, demand);
  }
  const width = demand.bits === undefined ? 'FAT' : `FAT${demand.bits}`;
  throw new DiskError(
    'image-too-large',
    `a ${width} volume cannot have ${demand.minimumSize} bytes, nor hold ${demand.clusters(SECTOR) * SECTOR} bytes of content`,
  );
}

function geometryOf(bits: FatBits, clusterSectors: number, demand: Demand): FatGeometry | undefined {
  const [least, most] = CLUSTERS[bits];
  const needed = demand.clusters(clusterSectors * SECTOR);
  if (needed > most) return undefined;
  // Only a width that was asked for grows a volume beyond its content.
  const wanted = demand.bits === undefined ? needed : Math.max(needed, least);
  let total = alignUp(Math.max(wanted * clusterSectors, Math.ceil(demand.minimumSize / SECTOR)), TRACK);
  let geometry = divide(bits, clusterSectors, total, demand.rootRecords);
  while (geometry.clusters < wanted) {
    total = alignUp(total + (wanted - geometry.clusters) * clusterSectors, TRACK);
    geometry = divide(bits, clusterSectors, total, demand.rootRecords);
  }
  return geometry.clusters < least || geometry.clusters > most ? undefined : geometry;
}

/** Divides a volume into its regions. Readers count clusters from the total, so the table must cover them all. */
function divide(bits: FatBits, clusterSectors: number, total: number, rootRecords: number): FatGeometry {
  const fatSectors = Math.ceil(Math.ceil(((total / clusterSectors + 2) * bits) / 8) / SECTOR);
  // 512 records as everyone has them, more for a fuller root; FAT32's root is a chain like any other.
  const rootSectors = bits === 32 ? 0 : alignUp(Math.max(512, rootRecords) * 32, SECTOR) / SECTOR;
  // FAT32: boot sector, FSInfo, their backups at 6 and 7; 32 by custom. Padded so that clusters are aligned.
  const least = bits === 32 ? 32 : 1;
  const dataStart = alignUp(least + 2 * fatSectors + rootSectors, clusterSectors);
  const reserved = dataStart - 2 * fatSectors - rootSectors;
  const clusters = Math.floor((total - dataStart) / clusterSectors);
  return { bits, clusterSectors, reserved, fatSectors, rootSectors, dataStart, clusters, total };
}

function checkMaximum(geometry: FatGeometry, { maximumSize }: Demand): FatGeometry {
  const size = geometry.total * SECTOR;
  if (size <= maximumSize) return geometry;
  throw new DiskError('image-too-large', `the volume needs ${size} bytes, but may have ${maximumSize}`, {
    hint: 'give it more space, or make the kernel and the initramfs smaller',
  });
}
