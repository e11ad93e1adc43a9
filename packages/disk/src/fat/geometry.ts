import { DiskError } from '../error.js';
import { alignUp, MIB, SECTOR } from '../image/units.js';

/** Width of an entry in the file allocation table: FAT12, FAT16 or FAT32. */
export type FatBits = 12 | 16 | 32;

/**
 * With 64 heads of 32 sectors, a cylinder is 1 MiB. Only mtools reads these numbers, and requires whole tracks; all
 * boot loaders of today address by sector number.
 */
export const HEADS = 64;
export const TRACK = 32;

/** The number of clusters alone decides the width: Microsoft's fatgen103, "FAT Type Determination". */
const CLUSTERS: Record<FatBits, readonly [least: number, most: number]> = {
  12: [1, 4084],
  16: [4085, 65524],
  32: [65525, 0x0ffffff4],
};

/**
 * Cluster sizes by the volume's size, as in fatgen103's tables, with FAT12 up to 8 MiB as on El Torito images. Rows with
 * `only` apply when the caller asks for a width that the size alone would not get.
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

/** The layout of a volume, in sectors except `bits` and `clusters`. */
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

/** What a volume must hold; sizes are in bytes. */
export interface Demand {
  /** The number of clusters that the content fills, for clusters of this many bytes. */
  clusters(clusterBytes: number): number;
  /** Number of directory records in the root, with the label and long names. */
  readonly rootRecords: number;
  readonly minimumSize: number;
  readonly maximumSize: number;
  readonly bits?: FatBits;
}

/** The layout of the smallest volume that meets the demand. Throws `image-too-large` if there is none. */
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
    `no ${width} volume of at least ${demand.minimumSize} bytes holds ${demand.clusters(SECTOR) * SECTOR} bytes of content`,
  );
}

function geometryOf(bits: FatBits, clusterSectors: number, demand: Demand): FatGeometry | undefined {
  const [least, most] = CLUSTERS[bits];
  const needed = demand.clusters(clusterSectors * SECTOR);
  if (needed > most) return undefined;
  // A volume grows beyond its content only to reach a width that the caller asked for.
  const wanted = demand.bits === undefined ? needed : Math.max(needed, least);
  let total = alignUp(Math.max(wanted * clusterSectors, Math.ceil(demand.minimumSize / SECTOR)), TRACK);
  let geometry = divide(bits, clusterSectors, total, demand.rootRecords);
  while (geometry.clusters < wanted) {
    total = alignUp(total + (wanted - geometry.clusters) * clusterSectors, TRACK);
    geometry = divide(bits, clusterSectors, total, demand.rootRecords);
  }
  return geometry.clusters < least || geometry.clusters > most ? undefined : geometry;
}

/** Divides a volume into its regions. Readers compute the clusters from the total, so the table must cover all of them. */
function divide(bits: FatBits, clusterSectors: number, total: number, rootRecords: number): FatGeometry {
  const fatSectors = Math.ceil(Math.ceil(((total / clusterSectors + 2) * bits) / 8) / SECTOR);
  // The root has 512 records, as with all tools, or more if it is fuller. On FAT32 it is a chain like any directory.
  const rootSectors = bits === 32 ? 0 : alignUp(Math.max(512, rootRecords) * 32, SECTOR) / SECTOR;
  // FAT32 has 32 reserved sectors by custom (boot sector, FSInfo, backups). Padding aligns the clusters.
  const least = bits === 32 ? 32 : 1;
  const dataStart = alignUp(least + 2 * fatSectors + rootSectors, clusterSectors);
  const reserved = dataStart - 2 * fatSectors - rootSectors;
  const clusters = Math.floor((total - dataStart) / clusterSectors);
  return { bits, clusterSectors, reserved, fatSectors, rootSectors, dataStart, clusters, total };
}

function checkMaximum(geometry: FatGeometry, { maximumSize }: Demand): FatGeometry {
  const size = geometry.total * SECTOR;
  if (size <= maximumSize) return geometry;
  throw new DiskError(
    'image-too-large',
    `expected a volume of at most ${maximumSize} bytes, but the content needs ${size}`,
    {
      hint: 'give it more space, or make the kernel and the initramfs smaller',
    },
  );
}
