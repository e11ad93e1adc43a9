import type { Content } from '@nx-linuxkit/tree';
import { StageError } from '../../error.js';
import { LZ4_LEGACY_MAGIC } from './lz4.js';
import { readBytes } from './read-bytes.js';

export type Compression = 'gzip' | 'zstd' | 'xz' | 'lz4';

/** The compressed kernel inside of a kernel file. */
export interface Payload {
  readonly content: Content;
  readonly compression: Compression;
}

/** Bytes that hold all fields below, and the magic of every plain kernel. */
const HEADER_SIZE = 0x260;
/** Bytes of the uncompressed size behind a payload that is not gzip (scripts/Makefile.lib, size_append). */
const SIZE_TRAILER = 4;

/**
 * Finds the payload of an x86 bzImage (Documentation/arch/x86/boot.rst), of an EFI zboot image
 * (drivers/firmware/efi/libstub/zboot-header.S), or of a file that is compressed as a whole. Undefined for a
 * kernel that is not compressed.
 */
export async function findPayload(kernel: Content): Promise<Payload | undefined> {
  const header = Buffer.alloc(HEADER_SIZE);
  (await readBytes(kernel, 0, HEADER_SIZE)).copy(header);
  const whole = compressionAt(header);
  if (whole) return { content: kernel, compression: whole };
  if (header.toString('latin1', 0, 2) === 'MZ' && header.toString('latin1', 4, 8) === 'zimg') {
    return payloadAt(kernel, header.readUInt32LE(8), header.readUInt32LE(12));
  }
  if (header.readUInt16LE(0x1fe) === 0xaa55 && header.toString('latin1', 0x202, 0x206) === 'HdrS') {
    const setup = (header[0x1f1] + 1) * 512;
    return payloadAt(kernel, setup + header.readUInt32LE(0x248), header.readUInt32LE(0x24c), SIZE_TRAILER);
  }
  if (isPlain(header)) return undefined;
  throw unknown('the kernel is neither a bzImage, an EFI zboot image, an Image, an ELF nor compressed');
}

async function payloadAt(kernel: Content, start: number, length: number, trailer = 0): Promise<Payload> {
  if (length === 0 || start + length > kernel.size)
    throw unknown(`the kernel says that its payload is ${length} bytes at ${start}, but has ${kernel.size}`);
  const compression = compressionAt(await readBytes(kernel, start, 8));
  if (!compression) throw unknown('the kernel’s payload is compressed with something else');
  const size = compression === 'gzip' ? length : length - trailer;
  return { content: { source: kernel.source, offset: kernel.offset + start, size }, compression };
}

function compressionAt(bytes: Buffer): Compression | undefined {
  if (bytes.length < 6) return undefined;
  if (bytes.readUInt16BE(0) === 0x1f8b) return 'gzip';
  if (bytes.readUInt32LE(0) === 0xfd2fb528) return 'zstd';
  if (bytes.readUInt32LE(0) === LZ4_LEGACY_MAGIC) return 'lz4';
  if (bytes.toString('latin1', 0, 6) === '\xfd7zXZ\0') return 'xz';
  return undefined;
}

/** Tells whether a header is that of an ELF, or of an Image for arm64 (`ARM\x64` at 56) or riscv64 (`RSC\x05`). */
function isPlain(header: Buffer): boolean {
  const image = header.toString('latin1', 56, 60);
  return header.toString('latin1', 0, 4) === '\x7fELF' || image === 'ARM\x64' || image === 'RSC\x05';
}

function unknown(message: string): StageError {
  return new StageError('unsupported', message, {
    hint: 'Payloads of gzip, zstd, xz and lz4 can be decompressed. Leave `decompressKernel` out for other kernels.',
  });
}
