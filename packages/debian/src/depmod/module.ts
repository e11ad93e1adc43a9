import type { Content } from '@nx-linuxkit/tree';
import { unxz } from '../deb/decompress.js';
import { cString, elfSections } from '../elf/sections.js';
import { readRange } from '../elf/read-range.js';
import { DebianError } from '../errors.js';

/** What depmod reads from a kernel module. */
export interface ModuleInfo {
  /** The name as the kernel spells it, with underscores and no hyphens. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** Names of the modules that must be loaded before this one. */
  readonly depends: readonly string[];
  /** Soft dependencies as the module has them: `pre: a b post: c`. */
  readonly softdeps: readonly string[];
  /** Exported symbols. */
  readonly symbols: readonly string[];
}

const MODULE_FILE = /([^/]+)\.ko(\.xz)?$/;

/** Returns the name of the module at a path, or undefined if the path is not that of a module. */
export function moduleName(path: string): string | undefined {
  return MODULE_FILE.exec(path)?.[1].replaceAll('-', '_');
}

/** Reads `.modinfo` and the exported symbols of a module, which is held in memory and has a few MB at most. */
export async function readModule(path: string, content: Content | undefined): Promise<ModuleInfo> {
  const name = moduleName(path);
  const file =
    content && path.endsWith('.xz')
      ? await opened(path, content)
      : content && (await readRange(content, 0, content.size));
  const sections = file && elfSections(file);
  if (!name || !sections) throw new DebianError('bad-format', `${path} is not a 64-bit kernel module`);
  const info = keyValues(sections.get('.modinfo')?.bytes ?? Buffer.alloc(0));
  const all = (key: string): string[] => info.filter(([k]) => k === key).map(([, value]) => value);
  return {
    name,
    aliases: all('alias'),
    depends: all('depends')
      .flatMap((list) => list.split(',').filter((one) => one !== ''))
      .map((one) => one.replaceAll('-', '_')),
    softdeps: all('softdep'),
    symbols: exportedSymbols(sections.get('.symtab')),
  };
}

async function opened(path: string, content: Content): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const { source, offset, size } = content;
  for await (const chunk of unxz(source.read(offset, offset + size), path)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Reads `.modinfo`, which holds NUL-terminated `key=value` texts with further NULs for alignment. */
function keyValues(section: Buffer): [string, string][] {
  return section
    .toString('utf8')
    .split('\0')
    .filter((pair) => pair.includes('='))
    .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
}

/** Bytes of an Elf64_Sym. */
const SYMBOL_SIZE = 24;
/** The kernel's macro EXPORT_SYMBOL makes a symbol with this prefix. */
const EXPORT = '__ksymtab_';

/** Lists the symbols that a module exports, sorted. */
function exportedSymbols(table: { bytes: Buffer; link: Buffer } | undefined): string[] {
  if (!table) return [];
  const symbols: string[] = [];
  for (let at = 0; at + SYMBOL_SIZE <= table.bytes.length; at += SYMBOL_SIZE) {
    const name = cString(table.link, table.bytes.readUInt32LE(at));
    if (name.startsWith(EXPORT)) symbols.push(name.slice(EXPORT.length));
  }
  return symbols.sort();
}
