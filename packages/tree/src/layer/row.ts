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

/** Characters that are encoded at once: a few hundred rows. */
const PIECE = 1 << 16;
const END = '\n]}\n';

/**
 * An index as JSON with one row per line: compact, and still readable with `diff` and `less`. It is encoded while rows are
 * added: `write` gets the bytes behind the head, piece by piece.
 */
export class RowsText {
  private isEmpty = true;
  private pending = '';

  constructor(private readonly write: (piece: Buffer) => void) {}

  add(row: unknown): void {
    this.pending += `${this.isEmpty ? '' : ',\n'}${JSON.stringify(row)}`;
    this.isEmpty = false;
    if (this.pending.length > PIECE) this.flush();
  }

  /** Writes the last piece, and returns the head: the bytes before all pieces. `fields` has what stands before the rows. */
  finish(fields: Record<string, unknown>): Buffer {
    this.pending += END;
    this.flush();
    return Buffer.from(`${JSON.stringify(fields).slice(0, -1)},"entries":[\n`);
  }

  private flush(): void {
    this.write(Buffer.from(this.pending));
    this.pending = '';
  }
}

/**
 * Parses what `RowsText` wrote; `kind` is the format's name with its version. The rows are parsed as they are asked for, so
 * that they are never all in memory.
 *
 * @throws TreeError `malformed` if the text is something else. A malformed row throws when it is reached.
 */
export function parseRows<Head>(text: Uint8Array, kind: string): { head: Head; rows: Iterable<unknown[]> } {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  const start = bytes.indexOf('\n') + 1;
  const head = parseJson(`${bytes.toString('utf8', 0, start)}]}`, kind) as { kind?: unknown } | null;
  if (head?.kind !== kind)
    throw new TreeError('malformed', `expected a ${kind} index, got ${JSON.stringify(head?.kind ?? null)}`);
  const end = bytes.length - END.length;
  if (end < start || bytes.toString('utf8', end) !== END)
    throw new TreeError('malformed', `expected a ${kind} index, got one without its end`);
  return { head: head as Head, rows: { [Symbol.iterator]: () => rowsOf(bytes.subarray(start, end), kind) } };
}

function* rowsOf(lines: Buffer, kind: string): Generator<unknown[]> {
  for (let at = 0; at < lines.length;) {
    const newline = lines.indexOf('\n', at + PIECE);
    const end = newline < 0 ? lines.length : newline;
    // A comma follows all rows but the last.
    const list = `[${lines.toString('utf8', at, end).replace(/,$/, '')}]`;
    for (const row of parseJson(list, kind) as unknown[]) {
      if (!Array.isArray(row))
        throw new TreeError('malformed', `expected a row of a ${kind} index, got ${typeof row}`);
      yield row;
    }
    at = end + 1;
  }
}

function parseJson(text: string, kind: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TreeError('malformed', `expected a ${kind} index, got text that is not JSON`, { cause });
  }
}
