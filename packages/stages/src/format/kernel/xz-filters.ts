import type { Content } from '@nx-linuxkit/tree';
import { KernelPayloadError } from './payload-error.js';
import { readBytes } from './read-bytes.js';

/** Sizes and numbers of the xz file format specification 1.2.1. */
const STREAM_HEADER = 12;
const STREAM_FOOTER = 12;
const X86 = 0x04;
const LZMA2 = 0x21;
const CRC32_CHECK = 1;
const CRC32_SIZE = 4;

/**
 * The same .xz without its x86 filter, and without its check, which covers the filter's output. Undefined where the
 * first block has no such filter. Linux makes streams of one block with CRC32.
 */
export async function withoutX86(
  xz: Content,
  start: Buffer,
): Promise<AsyncGenerator<Uint8Array> | undefined> {
  const header = start.subarray(STREAM_HEADER, STREAM_HEADER + (start[STREAM_HEADER] + 1) * 4);
  const filters = filtersAt(header);
  if (header[filters] !== X86 || (header[1] & 3) !== 1) return undefined;
  if (start[7] !== CRC32_CHECK) throw new KernelPayloadError(`its xz check is ${start[7]}, expected CRC32`);
  const { unpadded, plain } = await readIndex(xz);
  const block = sealed(withoutFirstFilter(header, filters));
  const dataStart = STREAM_HEADER + header.length;
  const dataEnd = STREAM_HEADER + unpadded - CRC32_SIZE;
  const index = sealed(
    padded(Buffer.from([0, 1, ...variable(unpadded - CRC32_SIZE), ...variable(plain)]), CRC32_SIZE),
  );
  return (async function* () {
    yield Buffer.concat([start.subarray(0, 6), sealed(Buffer.alloc(6))]);
    yield block;
    yield* xz.source.read(xz.offset + dataStart, xz.offset + dataEnd);
    yield Buffer.alloc((4 - (dataEnd % 4)) % 4);
    yield index;
    const footer = Buffer.alloc(6);
    footer.writeUInt32LE(index.length / 4 - 1);
    yield Buffer.concat([crcOf(footer), footer, Buffer.from('YZ')]);
  })();
}

/** The offset of the first filter's flags in a block header: behind the sizes, which are optional (3.1). */
function filtersAt(header: Buffer): number {
  let at = 2;
  for (const flag of [0x40, 0x80]) if (header[1] & flag) at = readVariable(header, at).end;
  return at;
}

/** A header with LZMA2 alone, of the same size, so that every offset stays. Its last bytes are room for the CRC. */
function withoutFirstFilter(header: Buffer, filters: number): Buffer {
  const rest = header.subarray(filters + 2 + header[filters + 1], header.length - CRC32_SIZE);
  if (rest[0] !== LZMA2) throw new KernelPayloadError(`an xz filter ${rest[0]}, expected LZMA2`);
  const stripped = Buffer.alloc(header.length);
  header.copy(stripped, 0, 0, filters);
  rest.copy(stripped, filters);
  stripped[1] &= ~3;
  return stripped;
}

/** Reads the only record of the index: bytes of the block without padding, and of its plain data (4). */
async function readIndex(xz: Content): Promise<{ unpadded: number; plain: number }> {
  const footer = await readBytes(xz, xz.size - STREAM_FOOTER, STREAM_FOOTER);
  if (footer.toString('latin1', 10) !== 'YZ') throw new KernelPayloadError('the xz stream has no footer');
  const size = (footer.readUInt32LE(4) + 1) * 4;
  const index = await readBytes(xz, Math.max(0, xz.size - STREAM_FOOTER - size), size);
  if (index[0] !== 0 || index[1] !== 1) throw new KernelPayloadError('the xz stream has several blocks');
  const unpadded = readVariable(index, 2);
  return { unpadded: unpadded.value, plain: readVariable(index, unpadded.end).value };
}

/** Reads an integer in groups of seven bits, the lowest first (1.2). */
function readVariable(bytes: Buffer, at: number): { value: number; end: number } {
  let value = 0;
  for (let i = 0; i < 7; i += 1) {
    const byte = bytes[at + i] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  throw new KernelPayloadError('a size in the xz stream');
}

function variable(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...variable(Math.floor(value / 0x80))];
}

function padded(bytes: Buffer, more: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(((4 - (bytes.length % 4)) % 4) + more)]);
}

/** Writes the CRC32 of all bytes before the last four into the last four. */
function sealed(bytes: Buffer): Buffer {
  crcOf(bytes.subarray(0, -CRC32_SIZE)).copy(bytes, bytes.length - CRC32_SIZE);
  return bytes;
}

function crcOf(bytes: Buffer): Buffer {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  const out = Buffer.alloc(CRC32_SIZE);
  out.writeUInt32LE(~crc >>> 0);
  return out;
}
