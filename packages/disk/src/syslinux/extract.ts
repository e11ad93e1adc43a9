import { DiskError } from '../error.js';
import { SECTOR } from '../image/units.js';

/** The three files of syslinux on a volume. They must be from one build. */
export interface SyslinuxLoader {
  /** ldlinux.bss: the code of the boot sector. */
  readonly bss: Uint8Array;
  /** ldlinux.sys: the loader. */
  readonly sys: Uint8Array;
  /** ldlinux.c32: the module that the loader starts. */
  readonly c32: Uint8Array;
}

const BANNER = Buffer.from('\r\nSYSLINUX ');
/** The start of a 32-bit, little endian ELF file of version 1; at byte 16 it has ET_DYN and EM_386. */
const ELF = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
const DYN_386 = Buffer.from([3, 0, 3, 0]);

/**
 * Extracts the loader from the bytes of the program `syslinux`. Distributions have no separate files: the program embeds
 * the boot sector, ldlinux.sys and ldlinux.c32 one after the other. ldlinux.sys is whole sectors and begins with its
 * banner; ldlinux.c32 is an ELF file that ends with its section headers.
 *
 * @throws DiskError `bad-loader` for another program.
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
