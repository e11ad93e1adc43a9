import type { Content } from '@nx-linuxkit/tree';
import { KernelPayloadError } from './payload-error.js';
import { readBytes } from './read-bytes.js';

/** The magic of `lz4 -l`, the only form of lz4 that Linux unpacks itself from (lib/decompress_unlz4.c). */
export const LZ4_LEGACY_MAGIC = 0x184c2102;
/** Decoded bytes of every block but the last (LZ4 frame format, "Legacy frame"). */
const BLOCK_SIZE = 8 << 20;
/** Bytes of a block that does not compress: LZ4_COMPRESSBOUND. */
const COMPRESSED_BLOCK_SIZE = BLOCK_SIZE + Math.ceil(BLOCK_SIZE / 255) + 16;

/** Decodes the legacy frame format, block by block. A size may follow the last block. */
export async function* decompressLz4(payload: Content): AsyncGenerator<Uint8Array> {
  let at = 0;
  while (payload.size - at > 4) {
    const size = (await readBytes(payload, at, 4)).readUInt32LE();
    at += 4;
    if (size === LZ4_LEGACY_MAGIC) continue;
    if (size > COMPRESSED_BLOCK_SIZE || at + size > payload.size)
      throw new KernelPayloadError(`an lz4 block of ${size} bytes`);
    yield decodeBlock(await readBytes(payload, at, size));
    at += size;
  }
}

/** Decodes one block: runs of literals, each followed by a match in what is decoded already. */
export function decodeBlock(input: Uint8Array): Uint8Array {
  const out = Buffer.allocUnsafe(BLOCK_SIZE);
  let [from, to] = [0, 0];
  /** A length of 15 continues in bytes of 255 and ends with a smaller byte. */
  const length = (nibble: number): number => {
    let sum = nibble;
    if (nibble < 15) return sum;
    for (let byte = 255; byte === 255; sum += byte) byte = input[from++] ?? 0;
    return sum;
  };
  while (from < input.length) {
    const token = input[from++];
    const literals = length(token >> 4);
    if (from + literals > input.length || to + literals > BLOCK_SIZE)
      throw new KernelPayloadError('lz4 literals');
    out.set(input.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    if (from === input.length) break;
    const distance = input[from] | (input[from + 1] << 8);
    from += 2;
    const match = length(token & 15) + 4;
    if (distance === 0 || distance > to || to + match > BLOCK_SIZE)
      throw new KernelPayloadError('an lz4 match');
    // Byte by byte: a match may overlap what it writes.
    for (const end = to + match; to < end; to += 1) out[to] = out[to - distance];
  }
  return out.subarray(0, to);
}
