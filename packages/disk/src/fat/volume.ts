import { createHash } from 'node:crypto';
import { bytesContent, type Entry } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { imageId, makeImage, type Extent, type Image } from '../image/image.js';
import { lazyContent } from '../image/lazy-content.js';
import { SECTOR } from '../image/units.js';
import { fileSize, nodesOf, walk, type Node } from '../node/node.js';
import { BACKUP_SECTOR, bootSector, FSINFO_SECTOR, fsInfo, type Identity } from './boot-sector.js';
import {
  DIRECTORY,
  encodeDirectory,
  fileAttributes,
  RECORD,
  recordsFor,
  VOLUME_LABEL,
  type DirectoryRecord,
} from './directory.js';
import { chooseGeometry, type FatBits, type FatGeometry } from './geometry.js';
import { shortNames, type FatName } from './names.js';
import { encodeTable, type Chain } from './table.js';

/** How to make a FAT volume. */
export interface FatOptions {
  /** Least size of the volume in bytes; space that the content does not need is free. */
  readonly minimumSize?: number;
  /** Greatest size of the volume in bytes; a content that needs more is refused. */
  readonly maximumSize?: number;
  /** FAT12, FAT16 or FAT32; by default the size decides. The volume grows if the width needs more clusters. */
  readonly bits?: FatBits;
  /** Volume label, 1 to 11 ASCII characters; it is stored in upper case. */
  readonly label?: string;
  /** First sector of the partition that will hold the volume (syslinux reads it); 0 by default. */
  readonly hiddenSectors?: number;
  /** A boot loader's boot sector of 512 bytes; its BIOS parameter block is replaced. */
  readonly bootCode?: Uint8Array;
  /** Paths of files that get the attributes read-only, hidden and system. */
  readonly systemFiles?: ReadonlySet<string>;
}

/** A FAT volume and where its files lie. */
export interface FatVolume {
  readonly image: Image;
  readonly bits: FatBits;
  /** The sector numbers of a file's content, from the volume's start. Throws `missing-file` if there is no content. */
  sectors(path: string): number[];
}

/** Bytes of the largest file: sizes have 32 bits (fatgen103, "DIR_FileSize"). */
const LARGEST_FILE = 2 ** 32 - 1;
/** Records of the longest directory: Linux and Windows refuse directories of more than 2 MiB. */
const MOST_RECORDS = 65536;

interface Placed extends Chain {
  readonly node: Node;
}

interface Layout {
  readonly root: Node;
  readonly geometry: FatGeometry;
  readonly label?: string;
  readonly names: ReadonlyMap<Node, readonly FatName[]>;
  readonly chains: ReadonlyMap<Node, Placed>;
  readonly systemFiles: ReadonlySet<string>;
}

/**
 * A FAT volume (Microsoft's fatgen103) of directories and files; owners and modes are lost. Size and width follow the
 * content, and so does the serial number.
 *
 * @throws DiskError `unsupported-entry`, `file-too-large`, `bad-name`, `duplicate-name`, `image-too-large`, `bad-option`.
 */
export function fatVolume(entries: Iterable<Entry>, options: FatOptions = {}): FatVolume {
  const layout = placeNodes(entries, options);
  const { geometry, chains } = layout;
  const data = [...dataExtents(layout)];
  const size = geometry.total * SECTOR;
  const identity: Identity = {
    serial: serialOf(makeImage(size, data), options),
    label: (layout.label ?? 'NO NAME').padEnd(11),
    hiddenSectors: options.hiddenSectors ?? 0,
  };
  return {
    image: makeImage(size, [...systemExtents(layout, identity, options.bootCode), ...data]),
    bits: geometry.bits,
    sectors: (path) => sectorsOf(path, geometry, chains),
  };
}

/** The image of `fatVolume`, for callers that do not need the sectors of its files. */
export function fatImage(entries: Iterable<Entry>, options: FatOptions = {}): Image {
  return fatVolume(entries, options).image;
}

/** Chooses names, which decide the sizes of directories, then the geometry, then clusters in tree order. */
function placeNodes(entries: Iterable<Entry>, options: FatOptions): Layout {
  const root = nodesOf(entries);
  const label = options.label === undefined ? undefined : checkLabel(options.label);
  const names = new Map<Node, readonly FatName[]>();
  const nodes = [...walk(root)];
  for (const node of nodes) {
    checkNode(node);
    if (node.inode.type !== 'dir') continue;
    names.set(
      node,
      shortNames(
        node.children.map(({ name }) => name),
        node.path,
      ),
    );
    if (recordCount(node, names, label) > MOST_RECORDS) {
      throw new DiskError(
        'image-too-large',
        `${node.path || '/'}: a FAT directory holds ${MOST_RECORDS} records, and its names need more`,
      );
    }
  }
  const bytesOf = (node: Node): number =>
    node.inode.type === 'dir' ? recordCount(node, names, label) * RECORD : fileSize(node.inode);
  // On FAT32 the root is a chain of at least one cluster; on FAT12 and FAT16 it lies before the clusters.
  const clustersOf = (node: Node, unit: number, bits: FatBits): number => {
    if (node !== root) return Math.ceil(bytesOf(node) / unit);
    return bits === 32 ? Math.max(1, Math.ceil(bytesOf(node) / unit)) : 0;
  };
  const geometry = chooseGeometry({
    clusters: (unit) => nodes.reduce((sum, node) => sum + clustersOf(node, unit, 32), 0),
    rootRecords: recordCount(root, names, label),
    minimumSize: options.minimumSize ?? 0,
    maximumSize: options.maximumSize ?? Infinity,
    bits: options.bits,
  });
  const chains = new Map<Node, Placed>();
  let cluster = 2;
  for (const node of nodes) {
    const count = clustersOf(node, geometry.clusterSectors * SECTOR, geometry.bits);
    if (count > 0) chains.set(node, { node, first: cluster, count });
    cluster += count;
  }
  return { root, geometry, label, names, chains, systemFiles: options.systemFiles ?? new Set() };
}

function* dataExtents({ root, geometry, names, chains, label, systemFiles }: Layout): Iterable<Extent> {
  const sectorOf = (first: number): number => geometry.dataStart + (first - 2) * geometry.clusterSectors;
  for (const { node, first } of chains.values()) {
    const offset = sectorOf(first) * SECTOR;
    if (node.inode.type === 'dir') yield { offset, content: directoryContent(node) };
    else if (node.inode.content) yield { offset, content: node.inode.content };
  }
  if (geometry.bits !== 32) {
    yield { offset: (geometry.reserved + 2 * geometry.fatSectors) * SECTOR, content: directoryContent(root) };
  }

  function directoryContent(node: Node): Extent['content'] {
    const records: DirectoryRecord[] = [];
    if (node === root) {
      if (label) records.push(plainRecord(label, VOLUME_LABEL, node.inode.mtime));
    } else {
      // The `..` of a directory in the root is 0, even if the root has a cluster: fatgen103.
      const parent = node.parent === root ? 0 : (chains.get(node.parent!)?.first ?? 0);
      records.push(plainRecord('.', DIRECTORY, node.inode.mtime, chains.get(node)!.first));
      records.push(plainRecord('..', DIRECTORY, node.inode.mtime, parent));
    }
    node.children.forEach((child, i) => {
      const directory = child.inode.type === 'dir';
      records.push({
        name: names.get(node)![i]!,
        attributes: directory ? DIRECTORY : fileAttributes(systemFiles.has(child.path)),
        mtime: child.inode.mtime,
        cluster: chains.get(child)?.first ?? 0,
        size: directory ? 0 : fileSize(child.inode),
      });
    });
    return bytesContent(encodeDirectory(records));
  }
}

/** The boot sector, FAT32's FSInfo and backups, and both copies of the table. */
function* systemExtents(
  { geometry, chains }: Layout,
  identity: Identity,
  code?: Uint8Array,
): Iterable<Extent> {
  const boot = bootSector(geometry, identity, code);
  yield { offset: 0, content: bytesContent(boot) };
  const sorted = [...chains.values()];
  const last = sorted.at(-1);
  const used = last ? last.first + last.count : 2;
  if (geometry.bits === 32) {
    const info = bytesContent(fsInfo(geometry.clusters - (used - 2), used));
    const plain = bytesContent(bootSector(geometry, identity));
    yield { offset: FSINFO_SECTOR * SECTOR, content: info };
    yield { offset: BACKUP_SECTOR * SECTOR, content: plain };
    yield { offset: (BACKUP_SECTOR + FSINFO_SECTOR) * SECTOR, content: info };
  }
  const table = lazyContent(
    `fat${geometry.bits} ${createHash('sha256')
      .update(sorted.map(({ first, count }) => `${first}+${count}`).join())
      .digest('hex')}`,
    Math.ceil((used * geometry.bits) / 8),
    () => encodeTable(geometry.bits, sorted),
  );
  yield { offset: geometry.reserved * SECTOR, content: table };
  yield { offset: (geometry.reserved + geometry.fatSectors) * SECTOR, content: table };
}

function sectorsOf(path: string, geometry: FatGeometry, chains: ReadonlyMap<Node, Placed>): number[] {
  const name = path.replace(/^\//, '');
  for (const { node, first } of chains.values()) {
    if (node.path !== name || node.inode.type !== 'file') continue;
    const start = geometry.dataStart + (first - 2) * geometry.clusterSectors;
    return Array.from({ length: Math.ceil(fileSize(node.inode) / SECTOR) }, (_, i) => start + i);
  }
  throw new DiskError('missing-file', `${path}: expected a file with content on the volume`);
}

const recordCount = (node: Node, names: ReadonlyMap<Node, readonly FatName[]>, label?: string): number =>
  (node.path === '' ? (label ? 1 : 0) : 2) +
  names.get(node)!.reduce((sum, name) => sum + recordsFor(name), 0);

function plainRecord(short: string, attributes: number, mtime: number, cluster = 0): DirectoryRecord {
  return { name: { name: short, short: short.padEnd(11), long: false }, attributes, mtime, cluster, size: 0 };
}

function serialOf(data: Image, { label = '', hiddenSectors = 0 }: FatOptions): number {
  return createHash('sha256')
    .update(`fat ${label} ${hiddenSectors} ${imageId(data)}`)
    .digest()
    .readUInt32LE(0);
}

function checkLabel(label: string): string {
  if (/^[ -~]{1,11}$/.test(label) && !/["*+,./:;<=>?[\\\]|]/.test(label)) return label.toUpperCase();
  throw new DiskError('bad-option', `expected a FAT label of 1 to 11 plain characters, got '${label}'`);
}

function checkNode({ path, inode }: Node): void {
  if (inode.type !== 'dir' && inode.type !== 'file') {
    throw new DiskError('unsupported-entry', `${path}: FAT cannot hold a ${inode.type}`);
  }
  if (fileSize(inode) > LARGEST_FILE) {
    throw new DiskError(
      'file-too-large',
      `${path}: FAT holds files of at most ${LARGEST_FILE} bytes, got ${fileSize(inode)}`,
      { hint: 'use a format that holds the root as squashfs or erofs, or a smaller initramfs' },
    );
  }
}
