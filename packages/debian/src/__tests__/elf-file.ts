const X86_64 = 62;
const ADDRESS = 0x400000;

/** What the headers of a program or library name. */
export interface ElfFile {
  readonly needed?: readonly string[];
  readonly interpreter?: string;
  readonly runpath?: string;
  readonly machine?: number;
}

/** Makes a 64-bit ELF file with the headers that the dynamic loader reads, and nothing else. */
export function elfFile({ needed = [], interpreter, runpath, machine = X86_64 }: ElfFile): Buffer {
  const strings = stringTable([
    ...needed,
    ...(runpath ? [runpath] : []),
    ...(interpreter ? [interpreter] : []),
  ]);
  const programHeaders = 64;
  const dynamic = programHeaders + 3 * 56;
  const tags: [number, number][] = [
    ...needed.map((name): [number, number] => [1, strings.at(name)]),
    ...(runpath ? [[29, strings.at(runpath)] as [number, number]] : []),
  ];
  const stringsAt = dynamic + (tags.length + 2) * 16;
  tags.push([5, ADDRESS + stringsAt], [0, 0]);
  const file = Buffer.alloc(stringsAt + strings.bytes.length);
  header(file, machine, 3);
  file.writeBigUInt64LE(BigInt(programHeaders), 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(interpreter ? 3 : 2, 56);
  segment(file, programHeaders, 1, 0, file.length);
  segment(file, programHeaders + 56, 2, dynamic, tags.length * 16);
  if (interpreter)
    segment(file, programHeaders + 112, 3, stringsAt + strings.at(interpreter), interpreter.length + 1);
  tags.forEach(([tag, value], i) => {
    file.writeBigInt64LE(BigInt(tag), dynamic + i * 16);
    file.writeBigUInt64LE(BigInt(value), dynamic + i * 16 + 8);
  });
  strings.bytes.copy(file, stringsAt);
  return file;
}

/** What a kernel module says. */
export interface ModuleFile {
  /** Texts `key=value` of `.modinfo`. */
  readonly info: readonly string[];
  readonly exports?: readonly string[];
}

/** Makes a kernel module with the sections that depmod reads, and nothing else. */
export function moduleFile({ info, exports = [] }: ModuleFile): Buffer {
  const names = stringTable(['.modinfo', '.symtab', '.strtab', '.shstrtab']);
  const symbols = stringTable(['unrelated', ...exports.map((name) => `__ksymtab_${name}`)]);
  const table = Buffer.alloc((exports.length + 2) * 24);
  ['unrelated', ...exports.map((name) => `__ksymtab_${name}`)].forEach((name, i) => {
    table.writeUInt32LE(symbols.at(name), (i + 1) * 24);
  });
  const sections: [string, Buffer, number][] = [
    ['', Buffer.alloc(0), 0],
    ['.modinfo', Buffer.from(info.map((line) => `${line}\0`).join('')), 0],
    ['.symtab', table, 3],
    ['.strtab', symbols.bytes, 0],
    ['.shstrtab', names.bytes, 0],
  ];
  const bodies = Buffer.concat(sections.map(([, bytes]) => bytes));
  const file = Buffer.concat([Buffer.alloc(64), bodies, Buffer.alloc(sections.length * 64)]);
  header(file, X86_64, 1);
  file.writeBigUInt64LE(BigInt(64 + bodies.length), 40);
  file.writeUInt16LE(64, 58);
  file.writeUInt16LE(sections.length, 60);
  file.writeUInt16LE(sections.length - 1, 62);
  let offset = 64;
  sections.forEach(([name, bytes, link], i) => {
    const at = 64 + bodies.length + i * 64;
    file.writeUInt32LE(name ? names.at(name) : 0, at);
    file.writeUInt32LE(1, at + 4);
    file.writeBigUInt64LE(BigInt(offset), at + 24);
    file.writeBigUInt64LE(BigInt(bytes.length), at + 32);
    file.writeUInt32LE(link, at + 40);
    offset += bytes.length;
  });
  return file;
}

function header(file: Buffer, machine: number, type: number): void {
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(file);
  file.writeUInt16LE(type, 16);
  file.writeUInt16LE(machine, 18);
}

function segment(file: Buffer, at: number, type: number, offset: number, size: number): void {
  file.writeUInt32LE(type, at);
  file.writeBigUInt64LE(BigInt(offset), at + 8);
  file.writeBigUInt64LE(BigInt(ADDRESS + offset), at + 16);
  file.writeBigUInt64LE(BigInt(size), at + 32);
}

function stringTable(names: readonly string[]): { bytes: Buffer; at(name: string): number } {
  const text = `\0${names.map((name) => `${name}\0`).join('')}`;
  return { bytes: Buffer.from(text), at: (name) => text.indexOf(`\0${name}\0`) + 1 };
}
