import { DiskError } from '../error.js';

/** The three files of syslinux that lie on a volume or in its boot sector; one build's, as they belong together. */
export interface SyslinuxLoader {
  /** The boot sector's code. */
  readonly bss: Uint8Array;
  readonly sys: Uint8Array;
  readonly c32: Uint8Array;
}

const SECTOR = 512;
const BANNER = Buffer.from('\r\nSYSLINUX ');
/** ELFCLASS32, little endian, version 1; then, at 16, ET_DYN and EM_386. */
const ELF = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
const DYN_386 = Buffer.from([3, 0, 3, 0]);

/**
 * ldlinux.sys and its boot sector are no files in any distribution: they are embedded in the `syslinux`
 * program, one after the other, and followed by ldlinux.c32. ldlinux.sys is whole sectors and begins with its
 * banner; ldlinux.c32 is an ELF file that ends with its section headers.
 */
export function extractSyslinux(program: Uint8Array): SyslinuxLoader {
  const bytes = Buffer.from(program.buffer, program.byteOffset, program.byteLength);
  const start = bytes.indexOf(BANNER);
  if (start < SECTOR || bytes.readUInt16LE(start - 2) !== 0xaa55) {
    throw new DiskError(
      'bad-loader',
      'expected the syslinux program, found no boot sector before its banner',
    );
  }
  for (let at = bytes.indexOf(ELF, start); at >= 0; at = bytes.indexOf(ELF, at + 1)) {
    if ((at - start) % SECTOR !== 0 || !bytes.subarray(at + 16, at + 20).equals(DYN_386)) continue;
    const end = at + bytes.readUInt32LE(at + 32) + bytes.readUInt16LE(at + 46) * bytes.readUInt16LE(at + 48);
    return {
      bss: bytes.subarray(start - SECTOR, start),
      sys: bytes.subarray(start, at),
      c32: bytes.subarray(at, end),
    };
  }
  throw new DiskError('bad-loader', 'expected the syslinux program, found no ldlinux.c32 after ldlinux.sys');
}
