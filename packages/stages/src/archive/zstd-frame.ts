/**
 * Bytes of the window that every frame declares: those of zstd's level 3 for inputs of any size (`ZSTD_getCParams`). A
 * decoder holds as many in memory.
 */
export const WINDOW = 1 << 21;

/** Block_Type of RFC 8878, section 3.1.1.2.2. */
const BLOCK = { raw: 0, rle: 1, compressed: 2 } as const;

/** Bytes of a raw block: Block_Maximum_Size. */
const BLOCK_MAX = 1 << 17;

/** The last block of a frame: raw, and empty. */
export const ZSTD_END = blockHeader(0, BLOCK.raw, true);

const MAGIC = 0xfd2fb528;
/** Frame_Header_Descriptor: no checksum, no dictionary, and either no content size or one of 8 bytes. */
const DESCRIPTOR = { unsized: 0, sized: 0xc0 } as const;

/** The header of a frame with the window; `plain` is the content size in bytes, where it is known. */
export function zstdHeader(plain?: number): Buffer {
  const header = Buffer.alloc(plain === undefined ? 6 : 14);
  header.writeUInt32LE(MAGIC, 0);
  header[4] = plain === undefined ? DESCRIPTOR.unsized : DESCRIPTOR.sized;
  // Window_Descriptor: an exponent that counts from 1 KiB, and no mantissa.
  header[5] = (Math.log2(WINDOW) - 10) << 3;
  if (plain !== undefined) header.writeBigUInt64LE(BigInt(plain), 6);
  return header;
}

/** Bytes as raw blocks of a frame, none of them the last. */
export function* rawBlocks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += BLOCK_MAX) {
    const piece = bytes.subarray(at, at + BLOCK_MAX);
    yield blockHeader(piece.length, BLOCK.raw, false);
    yield piece;
  }
}

/** Equal bytes that `resetBlocks` takes. */
export const RESET_RUN = 19;

/**
 * Two blocks that decode to RESET_RUN times `byte` and leave a decoder's repeat offsets at 1, 4 and 8, as they are at the
 * start of a frame: RFC 8878, section 3.1.1.5. What an encoder wrote for a frame of its own can follow them.
 *
 * The first is 8 literals and a match of 3 bytes at offset 8. The second is a match of 4 bytes at offset 4 and one at
 * offset 1. The three code tables of each have one symbol (RLE_Mode), so the bitstreams have extra bits of offsets only.
 * Both are smaller than what they decode to, as the format demands.
 */
export function resetBlocks(byte: number): Buffer {
  return Buffer.concat([
    blockHeader(8, BLOCK.compressed, false),
    // RLE literals, 8 of them; 1 sequence; literal length 8, offset code 3, match length 3; extra bits 011.
    Buffer.from([(8 << 3) | 1, byte, 1, RLE_TABLES, 8, 3, 0, 0b1011]),
    blockHeader(7, BLOCK.compressed, false),
    // No literals; 2 sequences; literal length 0, offset code 2, match length 4; extra bits 11, then 00.
    Buffer.from([0, 2, RLE_TABLES, 0, 2, 1, 0b11100]),
  ]);
}

/** Symbol_Compression_Modes with RLE_Mode for literal lengths, offsets and match lengths. */
const RLE_TABLES = 0b01_01_01_00;

/** The blocks of a frame, with none of them marked as the last. Throws for a frame with a larger window. */
export function blocksOfFrame(frame: Buffer): Buffer {
  const descriptor = frame[4]!;
  const singleSegment = (descriptor & 0x20) !== 0;
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  const start = 5 + (singleSegment ? 0 : 1) + sizeBytes;
  const window = singleSegment ? contentSize(frame, 5, sizeBytes) : windowSize(frame[5]!);
  if (window > WINDOW) throw new Error(`the encoder used a window of ${window} bytes, expected ${WINDOW}`);
  const blocks = Buffer.from(frame.subarray(start, frame.length - (descriptor & 4 ? 4 : 0)));
  for (let at = 0; at < blocks.length;) {
    const header = blocks.readUIntLE(at, 3);
    blocks[at]! &= ~1;
    at += 3 + (((header >> 1) & 3) === BLOCK.rle ? 1 : header >> 3);
  }
  return blocks;
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** Frame_Content_Size: two bytes count from 256. */
function contentSize(frame: Buffer, at: number, bytes: number): number {
  if (bytes === 8) return Number(frame.readBigUInt64LE(at));
  return frame.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);
}

function blockHeader(size: number, type: number, last: boolean): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((size << 3) | (type << 1) | Number(last), 0, 3);
  return header;
}
