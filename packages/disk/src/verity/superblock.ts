import { DiskError } from '../error.js';

/** What the superblock says. */
export interface Superblock {
  /** 16 bytes in the order of the text. */
  readonly uuid: Uint8Array;
  readonly salt: Uint8Array;
  /** The number of blocks of data. */
  readonly blocks: number;
}

const BLOCK = 4096;
/** Bytes that the superblock has for a salt. */
const SALT = 256;

/** The superblock, padded to a block: cryptsetup's lib/verity/verity.c, struct verity_sb. */
export function encodeSuperblock({ uuid, salt, blocks }: Superblock): Buffer {
  if (salt.length > SALT || uuid.length !== 16) {
    throw new DiskError(
      'bad-option',
      `expected a salt of at most ${SALT} bytes and a UUID of 16, got ${salt.length} and ${uuid.length}`,
    );
  }
  const block = Buffer.alloc(BLOCK);
  block.write('verity\0\0', 0, 'latin1');
  block.writeUInt32LE(1, 8);
  block.writeUInt32LE(1, 12);
  block.set(uuid, 16);
  block.write('sha256', 32, 'latin1');
  block.writeUInt32LE(BLOCK, 64);
  block.writeUInt32LE(BLOCK, 68);
  block.writeBigUInt64LE(BigInt(blocks), 72);
  block.writeUInt16LE(salt.length, 80);
  block.set(salt, 88);
  return block;
}
