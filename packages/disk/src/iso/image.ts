import { createHash } from 'node:crypto';
import {
  bytesContent,
  DEFAULT_MTIME,
  nameToBytes,
  type Content,
  type Entry,
  type Inode,
} from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { imageId, makeImage, placeImages, readBytes, type Extent, type Image } from '../image/image.js';
import { alignUp, MIB, SECTOR } from '../image/units.js';
import { countLinks } from '../node/links.js';
import { treeId } from '../node/tree-id.js';
import { fileSize, nodesOf, walk, type Node } from '../node/node.js';
import { GPT_ENTRY_SECTORS } from '../partition/gpt.js';
import { bootRecord, jolietDescriptor, primaryDescriptor, terminator, type Volume } from './descriptors.js';
import { bootCatalog, checkEfiSize, withBootInfo, type BootImages } from './el-torito.js';
import { Hierarchy, ISO_SECTOR, type Flavour } from './hierarchy.js';
import { hybridExtents } from './hybrid.js';
import { isoNames, jolietNames } from './names.js';
import { ER, RockRidge, SP } from './rock-ridge.js';

/** How to make an ISO. */
export interface IsoOptions {
  /** Volume identifier, 1 to 32 ASCII characters; `LinuxKit` by default. */
  readonly volume?: string;
  /** The volume's own time in seconds since 1970; DEFAULT_MTIME by default. */
  readonly mtime?: number;
  /** Adds a second tree with Joliet names, for Windows; false by default. */
  readonly joliet?: boolean;
  /** Boots by BIOS: the path of isolinux.bin in the tree, which gets its boot-info table. */
  readonly bios?: { readonly path: string };
  /** Boots by UEFI: a FAT image of at most 32 MiB. */
  readonly efi?: Image;
  /** syslinux's isohdpfx.bin, with which a BIOS can boot the ISO as a disk too. */
  readonly hybridMbr?: Uint8Array;
  /** Adds a GPT that shows the EFI image, so that UEFI can boot the ISO as a disk too; true by default with `efi`. */
  readonly gpt?: boolean;
}

/** Sector of the first descriptor, behind the system area: ECMA-119 6.2.1. */
const FIRST_DESCRIPTOR = 16;

/**
 * An ISO 9660 volume (ECMA-119) with Rock Ridge (RRIP 1.09), which keeps owners, modes, times, devices and symlinks. With a
 * boot loader (El Torito 1.0) it boots as a CD and as a disk. Contents are read when a writer asks, except isolinux.bin.
 *
 * @throws DiskError `bad-name`, `image-too-large`, `boot-image-too-large`, `missing-file`, `bad-loader` or `bad-option`.
 */
export async function isoImage(entries: Iterable<Entry>, options: IsoOptions = {}): Promise<Image> {
  if (options.efi) checkEfiSize(options.efi.size);
  const root = nodesOf(entries);
  const files = new FileSectors(root);
  const primary = new Hierarchy(root, rockRidgeFlavour(root), (node) => files.of(node));
  const joliet = options.joliet ? new Hierarchy(root, JOLIET, (node) => files.of(node)) : undefined;
  const plan = placeAll(options, primary, joliet, files);
  const boot = bootImages(root, files, plan, options);
  const contents = files.extents(await patchedLoader(root, boot, options));
  const data = placeImages(plan.size, [
    { offset: 0, image: makeImage(plan.size, contents) },
    ...(options.efi ? [{ offset: plan.efi * ISO_SECTOR, image: options.efi }] : []),
  ]);
  const seed = createHash('sha256')
    .update(`${imageId(data)} ${options.volume}`)
    .digest('hex');
  return makeImage(plan.size, [
    ...hybridExtents({ size: plan.size, boot, mbr: options.hybridMbr, gpt: options.gpt ?? true, seed }),
    ...descriptorExtents(plan, boot, primary, joliet, options),
    ...primary.extents(treeId(root, seed)),
    ...(joliet?.extents(treeId(root, seed)) ?? []),
    ...data.extents,
  ]);
}

/** The sectors of everything but the directories and files. */
interface Plan {
  readonly pathTables: { readonly le: number; readonly be: number };
  readonly jolietPathTables: { readonly le: number; readonly be: number };
  readonly catalog: number;
  readonly efi: number;
  /** Bytes of the whole image. */
  readonly size: number;
}

/** Places descriptors, path tables, catalog, directories, files, EFI image, and room for the second copy of the GPT. */
function placeAll(
  { bios, efi, hybridMbr, gpt = true }: IsoOptions,
  primary: Hierarchy,
  joliet: Hierarchy | undefined,
  files: FileSectors,
): Plan {
  const bootable = bios !== undefined || efi !== undefined;
  let sector = FIRST_DESCRIPTOR + 2 + (bootable ? 1 : 0) + (joliet ? 1 : 0);
  const take = (bytes: number): number => {
    const at = sector;
    sector += Math.ceil(bytes / ISO_SECTOR);
    return at;
  };
  const pathTables = { le: take(primary.pathTableBytes), be: take(primary.pathTableBytes) };
  const jolietBytes = joliet?.pathTableBytes ?? 0;
  const jolietPathTables = { le: take(jolietBytes), be: take(jolietBytes) };
  const catalog = take(bootable ? ISO_SECTOR : 0);
  sector = primary.assignSectors(sector);
  sector = joliet?.assignSectors(sector) ?? sector;
  sector = files.assignSectors(sector);
  const efiSector = take(efi?.size ?? 0);
  const copy = efi && gpt ? (GPT_ENTRY_SECTORS + 1) * SECTOR : 0;
  // isohybrid's geometry has cylinders of 1 MiB, and some BIOSes need whole cylinders.
  const size = alignUp(sector * ISO_SECTOR + copy, hybridMbr || copy ? MIB : ISO_SECTOR);
  return { pathTables, jolietPathTables, catalog, efi: efiSector, size };
}

function* descriptorExtents(
  plan: Plan,
  boot: BootImages,
  primary: Hierarchy,
  joliet: Hierarchy | undefined,
  options: IsoOptions,
): Iterable<Extent> {
  const volume: Volume = {
    id: checkVolumeId(options.volume ?? 'LinuxKit'),
    sectors: plan.size / ISO_SECTOR,
    mtime: options.mtime ?? DEFAULT_MTIME,
    pathTables: plan.pathTables,
  };
  const bootable = boot.bios !== undefined || boot.efi !== undefined;
  const descriptors = [primaryDescriptor(volume, primary)];
  if (bootable) descriptors.push(bootRecord(plan.catalog));
  if (joliet) descriptors.push(jolietDescriptor({ ...volume, pathTables: plan.jolietPathTables }, joliet));
  descriptors.push(terminator());
  const at = (sector: number, bytes: Buffer): Extent => ({
    offset: sector * ISO_SECTOR,
    content: bytesContent(bytes),
  });
  yield at(FIRST_DESCRIPTOR, Buffer.concat(descriptors));
  yield at(plan.pathTables.le, primary.pathTable('LE'));
  yield at(plan.pathTables.be, primary.pathTable('BE'));
  if (joliet) {
    yield at(plan.jolietPathTables.le, joliet.pathTable('LE'));
    yield at(plan.jolietPathTables.be, joliet.pathTable('BE'));
  }
  if (bootable) yield at(plan.catalog, bootCatalog(boot));
}

/** The sectors of file contents, in tree order; hard links share their sectors. */
class FileSectors {
  readonly #sectors = new Map<Inode, number>();
  readonly #nodes: Node[] = [];

  constructor(root: Node) {
    for (const node of walk(root)) {
      if (node.inode.type !== 'file' || fileSize(node.inode) === 0 || this.#sectors.has(node.inode)) continue;
      this.#sectors.set(node.inode, 0);
      this.#nodes.push(node);
    }
  }

  /** Gives all contents their sectors, from `firstSector` on; returns the sector behind the last one. */
  assignSectors(firstSector: number): number {
    let sector = firstSector;
    for (const { inode } of this.#nodes) {
      this.#sectors.set(inode, sector);
      sector += Math.ceil(fileSize(inode) / ISO_SECTOR);
    }
    return sector;
  }

  of({ inode }: Node): number {
    return this.#sectors.get(inode) ?? 0;
  }

  *extents(replaced: ReadonlyMap<Inode, Content>): Iterable<Extent> {
    for (const node of this.#nodes) {
      yield { offset: this.of(node) * ISO_SECTOR, content: replaced.get(node.inode) ?? node.inode.content! };
    }
  }
}

function bootImages(root: Node, files: FileSectors, plan: Plan, { bios, efi }: IsoOptions): BootImages {
  return {
    bios: bios && files.of(findLoader(root, bios.path)),
    efi: efi && { sector: plan.efi, size: efi.size },
  };
}

/** Maps the inode of isolinux.bin to its content with the boot-info table. */
async function patchedLoader(
  root: Node,
  boot: BootImages,
  { bios }: IsoOptions,
): Promise<Map<Inode, Content>> {
  if (!bios) return new Map();
  const { inode } = findLoader(root, bios.path);
  return new Map([[inode, bytesContent(withBootInfo(await readBytes(inode.content!), boot.bios!))]]);
}

function findLoader(root: Node, path: string): Node {
  const name = path.replace(/^\//, '');
  for (const node of walk(root)) if (node.path === name && node.inode.content) return node;
  throw new DiskError('missing-file', `${path}: expected the boot image in the tree`);
}

function checkVolumeId(id: string): string {
  if (/^[ -~]{1,32}$/.test(id)) return id;
  throw new DiskError('bad-option', `expected a volume id of 1 to 32 ASCII characters, got '${id}'`);
}

/** Bytes of the longest name: Linux silently drops longer ones (fs/isofs/rock.c, get_rock_ridge_filename). */
const LONGEST_NAME = 253;

function checkedName({ name, path }: Node): Buffer {
  const bytes = nameToBytes(name);
  if (bytes.length <= LONGEST_NAME) return bytes;
  throw new DiskError(
    'bad-name',
    `${path}: Linux reads Rock Ridge names of at most ${LONGEST_NAME} bytes, got ${bytes.length}`,
  );
}

const JOLIET: Flavour = { id: 'joliet', names: jolietNames, systemUse: () => [] };

/** The primary tree: identifiers of ISO 9660, and the real names in Rock Ridge. */
function rockRidgeFlavour(root: Node): Flavour {
  const linksOf = countLinks(root);
  const rockRidge = new RockRidge();
  return {
    id: 'rock ridge',
    names: isoNames,
    systemUse(node, role) {
      const name = role === 'child' ? checkedName(node) : undefined;
      const entries = rockRidge.entries(node.inode, linksOf(node), name);
      return role === 'self' && node === root ? [SP, ...entries, ER] : entries;
    },
  };
}
