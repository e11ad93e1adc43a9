import { DiskError } from '../error.js';

/** The parts of a PE header that adding sections needs: Microsoft's "PE Format". Offsets are bytes of the file. */
export interface PeHeader {
  readonly machine: number;
  /** Offset of the COFF header. */
  readonly coff: number;
  /** Offset of the optional header. */
  readonly optional: number;
  /** Offset of the section table. */
  readonly table: number;
  readonly sections: readonly PeSection[];
  readonly sectionAlignment: number;
  readonly fileAlignment: number;
}

/** An entry of the section table. */
export interface PeSection {
  readonly name: string;
  readonly virtualSize: number;
  readonly address: number;
  readonly rawSize: number;
  readonly rawOffset: number;
}

export const SECTION_HEADER = 40;
const PE32_PLUS = 0x20b;

/** Reads the headers of a 64-bit PE file; `bytes` need not hold its sections. Throws `bad-loader` for anything else. */
export function readPeHeader(bytes: Buffer): PeHeader {
  const start =
    bytes.length >= 0x40 && bytes.toString('latin1', 0, 2) === 'MZ' ? bytes.readUInt32LE(0x3c) : -1;
  if (
    start < 0 ||
    start + 24 + 112 > bytes.length ||
    bytes.toString('latin1', start, start + 4) !== 'PE\0\0'
  ) {
    throw new DiskError('bad-loader', 'expected an EFI program, found no PE header');
  }
  const coff = start + 4;
  const optional = coff + 20;
  if (bytes.readUInt16LE(optional) !== PE32_PLUS) {
    throw new DiskError('bad-loader', 'expected a 64-bit EFI program (PE32+)');
  }
  const table = optional + bytes.readUInt16LE(coff + 16);
  const count = bytes.readUInt16LE(coff + 2);
  if (table + count * SECTION_HEADER > bytes.length) {
    throw new DiskError(
      'bad-loader',
      `expected a section table of ${count} entries, but the file ends before`,
    );
  }
  return {
    machine: bytes.readUInt16LE(coff),
    coff,
    optional,
    table,
    sections: Array.from({ length: count }, (_, i) => readSection(bytes, table + i * SECTION_HEADER)),
    sectionAlignment: bytes.readUInt32LE(optional + 32),
    fileAlignment: bytes.readUInt32LE(optional + 36),
  };
}

function readSection(bytes: Buffer, at: number): PeSection {
  return {
    name: bytes.toString('latin1', at, at + 8).replace(/\0+$/, ''),
    virtualSize: bytes.readUInt32LE(at + 8),
    address: bytes.readUInt32LE(at + 12),
    rawSize: bytes.readUInt32LE(at + 16),
    rawOffset: bytes.readUInt32LE(at + 20),
  };
}

export function writeSection(bytes: Buffer, at: number, section: PeSection, characteristics: number): void {
  bytes.fill(0, at, at + SECTION_HEADER);
  bytes.write(section.name, at, 8, 'latin1');
  bytes.writeUInt32LE(section.virtualSize, at + 8);
  bytes.writeUInt32LE(section.address, at + 12);
  bytes.writeUInt32LE(section.rawSize, at + 16);
  bytes.writeUInt32LE(section.rawOffset, at + 20);
  bytes.writeUInt32LE(characteristics, at + 36);
}
