import type { Content } from '@nx-linuxkit/tree';
import { unxz } from '../deb/decompress.js';
import { cString, elfSections } from '../elf/sections.js';
import { readRange } from '../elf/read-range.js';
import { DebianError } from '../errors.js';

/** What depmod needs to know of one kernel module. */
export interface ModuleInfo {
  /** As the kernel spells it: underscores. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** Names of modules that must be loaded before. */
  readonly depends: readonly string[];
  /** `pre: a b post: c`, verbatim. */
  readonly softdeps: readonly string[];
  /** Exported symbols. */
  readonly symbols: readonly string[];
}

const MODULE_FILE = /([^/]+)\.ko(\.xz)?$/;

/** The name of the module that a path holds; `undefined` if it is no module. */
export function moduleName(path: string): string | undefined {
  return MODULE_FILE.exec(path)?.[1].replaceAll('-', '_');
}

/** Reads a module's `.modinfo` and exports. Modules are at most a few MB, and are read one at a time. */
export async function readModule(path: string, content: Content | undefined): Promise<ModuleInfo> {
  const name = moduleName(path);
  const file =
    content && path.endsWith('.xz')
      ? await opened(content)
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

async function opened(content: Content): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of unxz(content.source.read(content.offset, content.offset + content.size)))
    chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** `.modinfo` is a run of NUL-terminated `key=value`, with more NULs for alignment. */
function keyValues(section: Buffer): [string, string][] {
  return section
    .toString('utf8')
    .split('\0')
    .filter((pair) => pair.includes('='))
    .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
}

const SYMBOL_SIZE = 24;
const EXPORT = '__ksymtab_';
/** `EXPORT_SYMBOL` makes one symbol of this prefix in `__ksymtab` or `__ksymtab_gpl`. */
function exportedSymbols(table: { bytes: Buffer; link: Buffer } | undefined): string[] {
  if (!table) return [];
  const symbols: string[] = [];
  for (let at = 0; at + SYMBOL_SIZE <= table.bytes.length; at += SYMBOL_SIZE) {
    const name = cString(table.link, table.bytes.readUInt32LE(at));
    if (name.startsWith(EXPORT)) symbols.push(name.slice(EXPORT.length));
  }
  return symbols.sort();
}
