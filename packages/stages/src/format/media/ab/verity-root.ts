import { createHash } from 'node:crypto';
import { compress } from '@nx-linuxkit/deflate';
import { erofsImage, verityTree, type Image } from '@nx-linuxkit/disk';
import { bytesContent, readContent, writeCpio, type Content } from '@nx-linuxkit/tree';
import { concatenate } from '../../../archive/alignment.js';
import { isOwn } from '../../erofs-root/root-image.js';
import { withFittingXattrs } from '../../makers/root-xattrs.js';
import { rootModules } from '../../root-loader/kernel-modules.js';
import { loaderTree } from '../../root-loader/loader-tree.js';
import type { System } from '../../system.js';

/** A root whose bytes nobody can change unseen. */
export interface VerityRoot {
  /** The root as erofs. */
  readonly volume: Image;
  /** Its hash tree with a superblock in front. */
  readonly tree: Image;
  /** The root hash in hex. */
  readonly hash: string;
  /** What sets up dm-verity and switches to the root; microcode first. */
  readonly initrd: Content;
}

/** What lies between a disk and its file system; Linux loads what they depend on first. */
const DEVICE_MAPPER = ['dm_mod', 'dm_verity'];

/** Makes the root of a system as erofs with its dm-verity tree. Both are read from the system's layers when they are written. */
export async function verityRoot(system: System): Promise<VerityRoot> {
  const root = await system.rootTree();
  const volume = erofsImage(withFittingXattrs(root.walk(), 'erofs', system), { isLast: isOwn });
  const { image: tree, rootHash: hash } = await verityTree(volume, { salt: saltOf(system) });
  const modules = await rootModules(root, 'erofs', DEVICE_MAPPER);
  const { ucode } = await system.kernel();
  const archives = [
    ...(ucode ? [readContent(ucode)] : []),
    compress(writeCpio(await loaderTree(system, 'verity-loader', modules)), { kept: system.kept }),
  ];
  return { volume, tree, hash, initrd: await inMemory(concatenate(archives)) };
}

/**
 * All versions of a system have one salt. So the trees of two versions differ where their roots do, and an update is small;
 * trees of different systems have nothing in common that could be computed in advance for all of them.
 */
function saltOf({ name }: System): Buffer {
  return createHash('sha256').update(`verity salt of ${name}`).digest();
}

/** The small initrd has some MB, and its size must be known before the program is laid out. */
async function inMemory(chunks: AsyncIterable<Uint8Array>): Promise<Content> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk));
  return bytesContent(Buffer.concat(parts));
}
