import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/** Where the loader's partition lies on a disk of the format ab, and how much of it can have its few directories; bytes. */
const LOADER = { start: 1 << 20, size: 32 << 20 };
/** Bytes of an entry in a directory of FAT; its fields of name, attributes, case of letters, and size. */
const ENTRY = 32;
const ARCHIVE = 0x20;
const SMALL_LETTERS = 0x18;
const DELETED = 0xe5;

/**
 * Gives the file of a version on the loader's partition a second name, `update.new`, as a power loss leaves it that cuts a rename
 * between the new name and the old one. `short` is how the short name of the file begins.
 */
export function giveSecondName(disk: string, short: string): void {
  const file = openSync(disk, 'r+');
  try {
    const bytes = Buffer.alloc(LOADER.size);
    readSync(file, bytes, 0, bytes.length, LOADER.start);
    const starts = Array.from({ length: bytes.length / ENTRY }, (_, index) => index * ENTRY);
    const first = starts.find((at) => isFile(bytes.subarray(at, at + ENTRY), short));
    if (first === undefined) throw new Error(`no file ${short} on ${disk}`);
    const free = starts.find((at) => at > first && [0, DELETED].includes(bytes[at]!));
    const entry = Buffer.from(bytes.subarray(first, first + ENTRY));
    entry.write('UPDATE  NEW', 'latin1');
    entry[12] = SMALL_LETTERS;
    writeSync(file, entry, 0, ENTRY, LOADER.start + free!);
  } finally {
    closeSync(file);
  }
}

function isFile(entry: Buffer, short: string): boolean {
  return entry.toString('latin1', 0, short.length) === short && entry[11] === ARCHIVE;
}
