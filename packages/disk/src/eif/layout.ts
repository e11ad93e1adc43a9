import type { Content } from '@nx-linuxkit/tree';

/** Types of sections. */
export const SECTION = { kernel: 1, cmdline: 2, ramdisk: 3, metadata: 5 } as const;

/** A section at its byte of the file, which is that of its header. */
export interface Placed {
  readonly type: number;
  readonly content: Content;
  readonly offset: number;
}

/** Sections that the header has room for. */
export const MOST_SECTIONS = 32;
/** Bytes of the header, with its checksum. */
export const EIF_HEADER_BYTES = 548;
const VERSION = 4;
const ARM64 = 1;
/** What nitro-cli writes: bytes of memory and processors of an enclave whose start names neither. */
const DEFAULT_MEMORY = 2 ** 30;
const DEFAULT_CPUS = 2;

/** The header without its last field, the checksum. All numbers are big endian. */
export function eifHeader(arch: 'amd64' | 'arm64', sections: readonly Placed[]): Buffer {
  const header = Buffer.alloc(EIF_HEADER_BYTES - 4);
  header.write('.eif', 0, 'latin1');
  header.writeUInt16BE(VERSION, 4);
  header.writeUInt16BE(arch === 'arm64' ? ARM64 : 0, 6);
  header.writeBigUInt64BE(BigInt(DEFAULT_MEMORY), 8);
  header.writeBigUInt64BE(BigInt(DEFAULT_CPUS), 16);
  header.writeUInt16BE(sections.length, 26);
  sections.forEach(({ offset, content }, i) => {
    header.writeBigUInt64BE(BigInt(offset), 28 + i * 8);
    header.writeBigUInt64BE(BigInt(content.size), 28 + (MOST_SECTIONS + i) * 8);
  });
  return header;
}

/** The header of a section: type, flags, bytes. */
export function sectionHeader({ type, content }: Placed): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(type, 0);
  header.writeBigUInt64BE(BigInt(content.size), 4);
  return header;
}
