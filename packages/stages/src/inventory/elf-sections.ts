import type { Content } from '@nx-linuxkit/tree';
import { rangeOf } from './bounded-text.js';

/** `\x7fELF`, 64 bits, little-endian: what Linux runs on each architecture that systems are built for. */
const IDENTITY = Buffer.from('7f454c460201', 'hex');
const HEADER = 64;
/** Bytes of a section's own header. */
const ENTRY = 64;
/** Linkers number sections in 16 bits, and use fewer than a hundred for programs. */
const MOST_SECTIONS = 4096;
const LARGEST_NAMES = 1 << 20;
const SHT_NOBITS = 8;

/**
 * Reads the sections of a program that are called so, each of at most `limit` bytes. Reads nothing beside headers, names
 * and these. Empty for a file that is no such program, or one that is damaged. https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.sheader.html
 */
export async function elfSections(
  content: Content,
  names: readonly string[],
  limit: number,
): Promise<ReadonlyMap<string, Buffer>> {
  const header = await rangeOf(content, 0, HEADER);
  if (header.length < HEADER || !header.subarray(0, IDENTITY.length).equals(IDENTITY)) return new Map();
  const table = Number(header.readBigUInt64LE(40));
  const [size, count, nameTable] = [58, 60, 62].map((at) => header.readUInt16LE(at));
  if (size !== ENTRY || count > MOST_SECTIONS || nameTable >= count) return new Map();
  const entries = await rangeOf(content, table, table + count * ENTRY);
  if (entries.length < count * ENTRY) return new Map();
  const sections = Array.from({ length: count }, (_, i) => sectionAt(entries, i * ENTRY));
  const words = await bytesOf(content, sections[nameTable], LARGEST_NAMES);
  const found = new Map<string, Buffer>();
  for (const section of sections) {
    const name = words && wordAt(words, section.name);
    if (name === undefined || !names.includes(name) || section.type === SHT_NOBITS) continue;
    const bytes = await bytesOf(content, section, limit);
    if (bytes) found.set(name, bytes);
  }
  return found;
}

interface Section {
  readonly name: number;
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}

function sectionAt(entries: Buffer, at: number): Section {
  return {
    name: entries.readUInt32LE(at),
    type: entries.readUInt32LE(at + 4),
    offset: Number(entries.readBigUInt64LE(at + 24)),
    size: Number(entries.readBigUInt64LE(at + 32)),
  };
}

async function bytesOf(
  content: Content,
  { offset, size }: Section,
  limit: number,
): Promise<Buffer | undefined> {
  return size > limit || offset + size > content.size ? undefined : rangeOf(content, offset, offset + size);
}

function wordAt(words: Buffer, at: number): string | undefined {
  const end = words.indexOf(0, at);
  return end < 0 ? undefined : words.toString('latin1', at, end);
}
