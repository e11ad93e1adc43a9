import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/** Where the loader's partition lies on a disk of the format ab, and how much of it can have its few directories; bytes. */
const LOADER = { start: 1 << 20, size: 32 << 20 };
/** Bytes of an entry in a directory of FAT; its fields of name, attributes, case of letters, and size. */
const ENTRY = 32;
const ARCHIVE = 0x20;
const SMALL_LETTERS = 0x18;
const DELETED = 0xe5;
/** Bytes behind an entry that a change may reach. */
const CLUSTER = 4096;

/**
 * Gives the file of a version on the loader's partition a second name, `update.new`, as a power loss leaves it that cuts a rename
 * between the new name and the old one. `short` is how the short name of the file begins.
 */
export function giveSecondName(disk: string, short: string): void {
  changeEntry(disk, short, (entry, directory) => {
    const free = directory.findIndex((other) => [0, DELETED].includes(other[0]!));
    const second = Buffer.from(entry);
    second.write('UPDATE  NEW', 'latin1');
    second[12] = SMALL_LETTERS;
    second.copy(directory[free]!);
  });
}

/** Removes a file's entry, and leaves its blocks taken, as a power loss does that cuts its removal. */
export function loseFile(disk: string, short: string): void {
  changeEntry(disk, short, (entry) => (entry[0] = DELETED));
}

/** Changes the entry of the file whose short name begins with `short`, and entries behind it. */
function changeEntry(
  disk: string,
  short: string,
  change: (entry: Buffer, behind: readonly Buffer[]) => void,
): void {
  const file = openSync(disk, 'r+');
  try {
    const bytes = Buffer.alloc(LOADER.size);
    readSync(file, bytes, 0, bytes.length, LOADER.start);
    const entries = Array.from({ length: bytes.length / ENTRY }, (_, index) =>
      bytes.subarray(index * ENTRY, (index + 1) * ENTRY),
    );
    const found = entries.findIndex((entry) => isFile(entry, short));
    if (found < 0) throw new Error(`no file ${short} on ${disk}`);
    change(entries[found]!, entries.slice(found + 1));
    const start = found * ENTRY;
    writeSync(file, bytes, start, CLUSTER, LOADER.start + start);
  } finally {
    closeSync(file);
  }
}

function isFile(entry: Buffer, short: string): boolean {
  return entry.toString('latin1', 0, short.length) === short && entry[11] === ARCHIVE;
}
