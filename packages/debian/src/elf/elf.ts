import type { Content } from '@nx-linuxkit/tree';
import { readRange } from './read-range.js';

/** What the headers of an ELF file tell the dynamic loader: https://refspecs.linuxfoundation.org/elf/elf.pdf */
export interface DynamicElf {
  /** `e_machine`: the processor. */
  readonly machine: number;
  /** PT_INTERP: the absolute path of the dynamic loader. */
  readonly interpreter?: string;
  /** DT_NEEDED: the sonames of libraries, in order. */
  readonly needed: readonly string[];
  /** DT_RUNPATH, or without it DT_RPATH: a list of paths, in which `$ORIGIN` is not replaced. */
  readonly runpath: readonly string[];
}

const HEADER = 64;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1n;
const DT_STRTAB = 5n;
const DT_RPATH = 15n;
const DT_RUNPATH = 29n;
// Limits for hostile headers, which could declare the whole file to be a table: segments, then bytes.
const MOST_SEGMENTS = 128;
const MOST_DYNAMIC = 1 << 16;
const LONGEST_NAME = 4096;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** Reads the headers of a 64-bit little-endian ELF file. Returns undefined for any other file. */
export async function readDynamicElf(content: Content): Promise<DynamicElf | undefined> {
  const header = await readRange(content, 0, HEADER);
  if (!isElf64(header)) return undefined;
  const segments = await readSegments(content, header);
  const machine = header.readUInt16LE(18);
  const interp = segments.find(({ type }) => type === PT_INTERP);
  const interpreter = interp && (await readString(content, interp.offset));
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  if (!dynamic) return { machine, interpreter, needed: [], runpath: [] };
  const tags = await readDynamic(content, dynamic);
  const strings = fileOffset(segments, tags.find(([tag]) => tag === DT_STRTAB)?.[1] ?? 0);
  const named = (wanted: bigint): Promise<string[]> =>
    Promise.all(
      tags.filter(([tag]) => tag === wanted).map(([, value]) => readString(content, strings + value)),
    );
  const runpaths = await named(DT_RUNPATH);
  const runpath = runpaths.length > 0 ? runpaths : await named(DT_RPATH);
  return {
    machine,
    interpreter,
    needed: await named(DT_NEEDED),
    runpath: runpath.flatMap((path) => path.split(':')),
  };
}

/** Tells whether a file starts as a 64-bit (class 2), little-endian (data 1) ELF file. */
export function isElf64(header: Buffer): boolean {
  return (
    header.length >= HEADER && header.readUInt32BE(0) === 0x7f454c46 && header[4] === 2 && header[5] === 1
  );
}

async function readSegments(content: Content, header: Buffer): Promise<Segment[]> {
  const start = Number(header.readBigUInt64LE(32));
  const entry = header.readUInt16LE(54);
  const count = Math.min(header.readUInt16LE(56), MOST_SEGMENTS);
  const table = await readRange(content, start, start + entry * count);
  return Array.from({ length: Math.floor(table.length / entry) }, (_, i) => ({
    type: table.readUInt32LE(i * entry),
    offset: Number(table.readBigUInt64LE(i * entry + 8)),
    address: Number(table.readBigUInt64LE(i * entry + 16)),
    size: Number(table.readBigUInt64LE(i * entry + 32)),
  }));
}

async function readDynamic(content: Content, { offset, size }: Segment): Promise<[bigint, number][]> {
  const table = await readRange(content, offset, offset + Math.min(size, MOST_DYNAMIC));
  const tags: [bigint, number][] = [];
  for (let at = 0; at + 16 <= table.length; at += 16) {
    const tag = table.readBigInt64LE(at);
    if (tag === 0n) break;
    tags.push([tag, Number(table.readBigUInt64LE(at + 8))]);
  }
  return tags;
}

/** Returns the offset in the file of an address in memory. */
function fileOffset(segments: readonly Segment[], address: number): number {
  const segment = segments.find(
    (s) => s.type === PT_LOAD && address >= s.address && address < s.address + s.size,
  );
  return segment ? address - segment.address + segment.offset : address;
}

async function readString(content: Content, start: number): Promise<string> {
  const bytes = await readRange(content, start, start + LONGEST_NAME);
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
}
