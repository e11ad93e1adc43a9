import { DebianError } from '../errors.js';
import { ParagraphCollector } from '../mirror/deb822.js';
import type { Paragraph } from '../mirror/deb822.js';
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

/** Reads an uncompressed `Packages` file while it streams in. Throws `bad-format`. */
export async function parsePackages(bytes: AsyncIterable<Uint8Array>): Promise<PackageIndex> {
  const records = new Map<string, PackageRecord>();
  const collector = new ParagraphCollector();
  const add = (paragraph: Paragraph | undefined): void => {
    if (!paragraph) return;
    const record = toRecord(paragraph);
    const known = records.get(record.name);
    if (!known || compareVersions(known.version, record.version) < 0) records.set(record.name, record);
  };
  for await (const line of lines(bytes)) add(collector.push(line));
  add(collector.end());
  return indexOf(records);
}

async function* lines(bytes: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of bytes) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop()!;
    yield* parts;
  }
  if (rest !== '') yield rest;
}

function toRecord(fields: Paragraph): PackageRecord {
  const required = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined) {
      throw new DebianError(
        'bad-format',
        `Packages: ${fields.get('package') ?? 'a paragraph'} has no ${name}`,
      );
    }
    return value;
  };
  return {
    name: required('package'),
    version: required('version'),
    ...fileOf(required),
    depends: [
      ...parseRelations(fields.get('pre-depends') ?? ''),
      ...parseRelations(fields.get('depends') ?? ''),
    ],
    provides: (fields.get('provides') ?? '').split(',').flatMap(parseRelation),
    essential: fields.get('essential') === 'yes',
  };
}

/** Where a package's file lies, and what it must be. These values become a URL and a path, and go into locks. */
function fileOf(required: (name: string) => string): Pick<PackageRecord, 'path' | 'sha256' | 'size'> {
  const valueOf = (name: string, pattern: RegExp, what: string): string => {
    const value = required(name);
    if (pattern.test(value)) return value;
    throw new DebianError(
      'bad-format',
      `Packages: ${name} of ${required('package')}: expected ${what}, got ${JSON.stringify(value)}`,
    );
  };
  return {
    path: valueOf('filename', POOL_PATH, 'pool/….deb').replace(/^\.\//, ''),
    sha256: valueOf('sha256', /^[0-9a-f]{64}$/, '64 hex digits'),
    size: Number(valueOf('size', /^\d{1,15}$/, 'a number of bytes')),
  };
}

/** A path in the archive's pool, as `build.lock.json` takes it. */
const POOL_PATH = /^(\.\/)?pool\/(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9+.~_%/-]*\.deb$/;

function indexOf(records: ReadonlyMap<string, PackageRecord>): PackageIndex {
  const providers = new Map<string, PackageRecord[]>();
  for (const record of [...records.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    for (const { name } of record.provides) {
      const list = providers.get(name);
      if (list) list.push(record);
      else providers.set(name, [record]);
    }
  }
  return { get: (name) => records.get(name), providers: (name) => providers.get(name) ?? [] };
}
