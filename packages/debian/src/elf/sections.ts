import { isElf64 } from './elf.js';

/** Reads the sections of a relocatable object, such as a kernel module, by name. Undefined for any other file. */
export function elfSections(file: Buffer): ReadonlyMap<string, Section> | undefined {
  if (!isElf64(file)) return undefined;
  const start = Number(file.readBigUInt64LE(40));
  const entry = file.readUInt16LE(58);
  const count = file.readUInt16LE(60);
  const headers = Array.from({ length: count }, (_, i) => start + i * entry).filter(
    (at) => at + 64 <= file.length,
  );
  const names = bytesOf(file, headers[file.readUInt16LE(62)]);
  return new Map(
    headers.map((at) => [
      cString(names, file.readUInt32LE(at)),
      { bytes: bytesOf(file, at), link: bytesOf(file, headers[file.readUInt32LE(at + 40)]) },
    ]),
  );
}

/** A section of an ELF file. */
export interface Section {
  readonly bytes: Buffer;
  /** The section that `sh_link` names; for a symbol table it holds the names of the symbols. */
  readonly link: Buffer;
}

const SHT_NOBITS = 8;

function bytesOf(file: Buffer, header: number | undefined): Buffer {
  if (header === undefined || file.readUInt32LE(header + 4) === SHT_NOBITS) return Buffer.alloc(0);
  const offset = Number(file.readBigUInt64LE(header + 24));
  return file.subarray(offset, offset + Number(file.readBigUInt64LE(header + 32)));
}

/** Returns the NUL-terminated string at an offset of a string table. */
export function cString(table: Buffer, offset: number): string {
  const end = table.indexOf(0, offset);
  return table.toString('latin1', offset, end < 0 ? table.length : end);
}
