import { DebianError } from '../errors.js';
import { parseRelation, parseRelations } from './relation.js';
import type { Relation } from './relation.js';
import { compareVersions } from './version.js';

export type { Relation } from './relation.js';

/** A package as the archive's index describes it. */
export interface PackageRecord {
  readonly name: string;
  readonly version: string;
  /** Path of the .deb below the mirror's URL: `pool/main/…`. */
  readonly path: string;
  /** Digest of the .deb: 64 lower-case hex digits. */
  readonly sha256: string;
  /** Size of the .deb in bytes. */
  readonly size: number;
  /** Pre-Depends, then Depends: all entries must be satisfied, each by any of its alternatives. */
  readonly depends: readonly (readonly Relation[])[];
  readonly provides: readonly Relation[];
  readonly essential: boolean;
}

/** All packages of a suite for one architecture. */
export interface PackageIndex {
  /** Returns the newest version of a package. */
  get(name: string): PackageRecord | undefined;
  /** Lists the real packages that provide a virtual one, sorted by name. */
  providers(name: string): readonly PackageRecord[];
}

/**
 * Part of the name under which the store keeps a table. Raise it when `tabulatePackages` writes another text for the same
 * index.
 */
export const TABLE_VERSION = 1;

/** The fields of a package's row in a table, in this order, separated by tabs. */
const COLUMNS = [
  ...['package', 'version', 'filename', 'sha256', 'size'],
  ...['pre-depends', 'depends', 'provides', 'essential'],
] as const;
type Column = (typeof COLUMNS)[number];
const COLUMN_OF: ReadonlyMap<string, number> = new Map(COLUMNS.map((name, index) => [name, index]));

/**
 * Reads an uncompressed `Packages` file while it streams in, and returns its table: a line for the newest version of each
 * package, sorted by name. An index has 50 MB, of which a table is a fourth. Throws `bad-format`.
 */
export async function tabulatePackages(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const rows = new Map<string, readonly string[]>();
  const add = (row: readonly string[]): void => {
    const [name, version] = check(row);
    const known = rows.get(name);
    if (!known || compareVersions(known[1], version) < 0) rows.set(name, row);
  };
  const reader = new ParagraphReader(add);
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) reader.line(line);
  }
  reader.line(rest);
  reader.line('');
  return [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => `${row.join('\t')}\n`)
    .join('');
}

/** Reads paragraphs (deb822(5)) line by line, and of each the fields that a table has. A folded value becomes one line. */
class ParagraphReader {
  private row: string[] = [];
  private column: number | undefined;

  constructor(private readonly add: (row: readonly string[]) => void) {}

  line(line: string): void {
    if (line === '' || line.trim() === '') {
      if (this.row.length > 0) this.add(filled(this.row));
      this.row = [];
      this.column = undefined;
    } else if (line[0] === ' ' || line[0] === '\t') {
      if (this.column !== undefined) this.row[this.column] += ` ${oneLine(line)}`;
    } else {
      const colon = line.indexOf(':');
      this.column = colon < 1 ? undefined : COLUMN_OF.get(line.slice(0, colon).toLowerCase());
      if (this.column !== undefined) this.row[this.column] = oneLine(line.slice(colon + 1));
    }
  }
}

/** A row without holes: a field that a paragraph lacks is empty. */
function filled(row: readonly string[]): string[] {
  return COLUMNS.map((_, index) => row[index] ?? '');
}

function oneLine(text: string): string {
  return text.replaceAll('\t', ' ').trim();
}

/** A path in the archive's pool, as `build.lock.json` takes it. */
const POOL_PATH = /^(\.\/)?pool\/(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9+.~_%/-]*\.deb$/;
/** What a package must have, and its form. The values become a URL and a path, and go into locks. */
const FORMS: readonly (readonly [Column, RegExp, string])[] = [
  ['filename', POOL_PATH, 'pool/….deb'],
  ['sha256', /^[0-9a-f]{64}$/, '64 hex digits'],
  ['size', /^\d{1,15}$/, 'a number of bytes'],
];

function check(row: readonly string[]): readonly string[] {
  const [name] = row;
  const missing = (['package', 'version', 'filename', 'sha256', 'size'] as const).find(
    (column) => row[COLUMNS.indexOf(column)] === '',
  );
  if (missing) {
    const field = missing === 'sha256' ? 'SHA256' : missing[0].toUpperCase() + missing.slice(1);
    throw new DebianError('bad-format', `Packages: ${name || 'a paragraph'} has no ${field}`);
  }
  for (const [column, form, what] of FORMS) {
    const value = row[COLUMNS.indexOf(column)];
    if (form.test(value)) continue;
    const got = JSON.stringify(value);
    throw new DebianError('bad-format', `Packages: ${column} of ${name}: expected ${what}, got ${got}`);
  }
  return row;
}

/** Opens a table that `tabulatePackages` made. A row is read when its package is asked for: most never are. */
export function openTable(table: string): PackageIndex {
  const rows = new Map<string, string>();
  for (const row of table.split('\n')) if (row !== '') rows.set(row.slice(0, row.indexOf('\t')), row);
  const records = new Map<string, PackageRecord>();
  const get = (name: string): PackageRecord | undefined => {
    const row = rows.get(name);
    const record = records.get(name) ?? (row === undefined ? undefined : toRecord(row));
    if (record) records.set(name, record);
    return record;
  };
  let providers: ReadonlyMap<string, readonly string[]> | undefined;
  return {
    get,
    providers: (name) => {
      providers ??= providersIn(rows);
      return (providers.get(name) ?? []).flatMap((provider) => get(provider) ?? []);
    },
  };
}

function toRecord(row: string): PackageRecord {
  const fields = row.split('\t');
  const value = (column: Column): string => fields[COLUMNS.indexOf(column)];
  return {
    name: value('package'),
    version: value('version'),
    path: value('filename').replace(/^\.\//, ''),
    sha256: value('sha256'),
    size: Number(value('size')),
    depends: [...parseRelations(value('pre-depends')), ...parseRelations(value('depends'))],
    provides: parseProvides(value('provides')),
    essential: value('essential') === 'yes',
  };
}

function parseProvides(field: string): Relation[] {
  return field.split(',').flatMap(parseRelation);
}

/** The names of real packages by that of a virtual one. */
function providersIn(rows: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const providers = new Map<string, string[]>();
  const column = COLUMNS.indexOf('provides');
  for (const [name, row] of rows) {
    const field = row.split('\t')[column];
    if (field === '') continue;
    for (const { name: virtual } of parseProvides(field)) {
      const list = providers.get(virtual);
      if (list) list.push(name);
      else providers.set(virtual, [name]);
    }
  }
  return providers;
}
