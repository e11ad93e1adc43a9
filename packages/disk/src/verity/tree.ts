import { createHash } from 'node:crypto';
import { bytesContent } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { imageId, makeImage, readImage, type Image } from '../image/image.js';
import { encodeSuperblock } from './superblock.js';

/** Bytes of a block of data and of a block of hashes. */
export const VERITY_BLOCK = 4096;
/** Bytes of a SHA-256. */
const HASH = 32;
/**
 * Bytes of the largest volume: 8 GiB. The hashes of its blocks, 32 bytes each, are the lowest level of the tree and lie in
 * memory while it is made: 64 MiB.
 */
const LARGEST = 2 ** 33;

/** The hash tree of a volume. */
export interface VerityTree {
  /** Superblock and tree, as `veritysetup format` writes them into a file of their own. */
  readonly image: Image;
  /** SHA-256 in hex that stands for every byte of the volume; the kernel must get it from a trusted place. */
  readonly rootHash: string;
}

/** What `veritysetup format` takes as options. Default: both follow the id of the volume. */
export interface VerityOptions {
  /** At most 256 bytes, which each hash begins with. */
  readonly salt?: Uint8Array;
  /** 16 bytes in the order of the text. */
  readonly uuid?: Uint8Array;
}

/**
 * The dm-verity tree of a volume (Linux's Documentation/admin-guide/device-mapper/verity.rst): SHA-256 with the salt in
 * front, blocks of 4096 bytes. The volume is read once, now; its hashes stay in memory.
 *
 * @throws DiskError `bad-option` for a volume that is empty or does not consist of whole blocks, and for a long salt;
 * `image-too-large` beyond 8 GiB.
 */
export async function verityTree(volume: Image, options: VerityOptions = {}): Promise<VerityTree> {
  checkSize(volume.size);
  const id = imageId(volume);
  const salt = options.salt ?? createHash('sha256').update(`verity salt ${id}`).digest();
  const uuid = options.uuid ?? createHash('sha256').update(`verity uuid ${id}`).digest().subarray(0, 16);
  const superblock = encodeSuperblock({ uuid, salt, blocks: volume.size / VERITY_BLOCK });
  const levels = [];
  let hashes = await blockHashes(readImage(volume), volume.size, salt);
  while (hashes.length > HASH) {
    const level = padded(hashes);
    levels.unshift(level);
    hashes = await blockHashes([level], level.length, salt);
  }
  const bytes = Buffer.concat([superblock, ...levels]);
  return {
    image: makeImage(bytes.length, [{ offset: 0, content: bytesContent(bytes) }]),
    rootHash: hashes.toString('hex'),
  };
}

/** Bytes of superblock and tree for a volume of at most `size` bytes: the room that a partition needs. */
export function veritySize(size: number): number {
  let blocks = 1;
  for (let left = Math.ceil(size / VERITY_BLOCK); left > 1;) {
    left = Math.ceil((left * HASH) / VERITY_BLOCK);
    blocks += left;
  }
  return blocks * VERITY_BLOCK;
}

function checkSize(size: number): void {
  if (size === 0 || size % VERITY_BLOCK !== 0) {
    throw new DiskError(
      'bad-option',
      `expected a volume of whole blocks of ${VERITY_BLOCK}, got ${size} bytes`,
    );
  }
  if (size > LARGEST) {
    throw new DiskError('image-too-large', `dm-verity covers at most ${LARGEST} bytes here, got ${size}`);
  }
}

/** The hash of each block, one after the other. */
async function blockHashes(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  size: number,
  salt: Uint8Array,
): Promise<Buffer> {
  const hashes = Buffer.alloc((size / VERITY_BLOCK) * HASH);
  let [at, missing] = [0, VERITY_BLOCK];
  let hash = createHash('sha256').update(salt);
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length;) {
      const part = chunk.subarray(from, from + missing);
      hash.update(part);
      from += part.length;
      missing -= part.length;
      if (missing > 0) continue;
      at += hash.digest().copy(hashes, at);
      [hash, missing] = [createHash('sha256').update(salt), VERITY_BLOCK];
    }
  }
  return hashes;
}

function padded(hashes: Buffer): Buffer {
  const size = Math.ceil(hashes.length / VERITY_BLOCK) * VERITY_BLOCK;
  return hashes.length === size ? hashes : Buffer.concat([hashes, Buffer.alloc(size - hashes.length)]);
}
