import { TreeError } from '../error.js';
import type { InodeType } from '../inode.js';
import type { LayerEntry } from '../layer-entry.js';

/** A letter for each type, as in the first column of `ls -l`; `h` is a hard link. */
const LETTERS: Readonly<Record<LayerEntry['type'], string>> = {
  file: '-',
  dir: 'd',
  symlink: 'l',
  char: 'c',
  block: 'b',
  fifo: 'p',
  hardlink: 'h',
};

const TYPES = new Map(Object.entries(LETTERS).map(([type, letter]) => [letter, type as LayerEntry['type']]));

/** The last field of a row, which most rows do not have: link target, device number, extended attributes. */
export interface Extra {
  readonly t?: string;
  readonly d?: readonly [major: number, minor: number];
  readonly x?: Readonly<Record<string, string>>;
}

export function letterOf(type: InodeType | 'hardlink'): string {
  return LETTERS[type];
}

export function typeOf(letter: string): LayerEntry['type'] {
  const type = TYPES.get(letter);
  if (type === undefined) {
    throw new TreeError(
      'malformed',
      `expected an entry of type ${[...TYPES.keys()].join()}, got "${letter}"`,
    );
  }
  return type;
}

/** Extended attributes sorted by name, so that equal trees give equal text. */
export function sortedXattrs(xattrs: Readonly<Record<string, string>>): Record<string, string> {
  const out = Object.create(null) as Record<string, string>;
  for (const name of Object.keys(xattrs).sort()) out[name] = xattrs[name]!;
  return out;
}

/** An index as JSON with one row per line: compact, and still readable with `diff` and `less`. */
export function formatRows(head: Record<string, unknown>, rows: readonly unknown[]): string {
  const lines = rows.map((row) => JSON.stringify(row)).join(',\n');
  return `${JSON.stringify(head).slice(0, -1)},"entries":[\n${lines}\n]}\n`;
}

/** Parses what `formatRows` wrote; `kind` is the format's name with its version. */
export function parseRows<Head>(text: string, kind: string): Head & { entries: unknown[][] } {
  let value: { kind?: unknown; entries?: unknown } | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch (cause) {
    throw new TreeError('malformed', `expected a ${kind} index, got text that is not JSON`, { cause });
  }
  if (value?.kind !== kind || !Array.isArray(value.entries)) {
    throw new TreeError('malformed', `expected a ${kind} index, got ${JSON.stringify(value?.kind ?? null)}`);
  }
  return value as Head & { entries: unknown[][] };
}
