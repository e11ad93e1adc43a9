import { expectFewValues, OciError } from '@nx-linuxkit/oci';
import { StageError } from '../../error.js';
import { isRecord } from '../../seal.js';
import { JsonPieceError, jsonPieces, type JsonPiece } from './json-pieces.js';
import { openFeed, type FeedText } from './open-feed.js';
import { osvAdvisories } from './osv.js';
import { trackerAdvisories } from './tracker.js';
import type { Advisory } from './advisory.js';

/** Bytes of one entry. In Debian's tracker that of the kernel is the largest, with about 10 MB. */
const LARGEST = 128 << 20;

/** The members of an OSV entry: https://ossf.github.io/osv-schema/ */
const OSV_MEMBERS = [
  ...[
    'schema_version',
    'id',
    'modified',
    'published',
    'withdrawn',
    'aliases',
    'upstream',
    'related',
    'summary',
  ],
  ...['details', 'severity', 'affected', 'references', 'credits', 'database_specific'],
];

/**
 * Reads the advisories of a feed, one after the other: entries of OSV (one, a list, JSON lines, a zip archive), or the JSON of
 * Debian's security tracker. Holds one entry at a time. Throws StageError `missing-file`, and `bad-document` with file and line.
 */
export async function* readFeed(path: string, named: string): AsyncGenerator<Advisory> {
  try {
    let isEmpty = true;
    for await (const text of openFeed(path, named)) {
      for await (const advisory of advisoriesIn(text)) {
        isEmpty = false;
        yield advisory;
      }
    }
    if (isEmpty) throw bad(named, undefined, 'it has no entry');
  } catch (error) {
    throw explained(error, named);
  }
}

async function* advisoriesIn({ name, bytes }: FeedText): AsyncGenerator<Advisory> {
  let osv: Record<string, unknown> | undefined;
  let kind: 'osv' | 'tracker' | undefined;
  try {
    for await (const piece of jsonPieces(bytes, LARGEST)) {
      if (piece.kind === 'end') {
        if (osv) yield* osvAdvisories(osv, (what) => bad(name, piece.line, what));
        osv = undefined;
        continue;
      }
      const wrong = (what: string) => bad(name, piece.line, what);
      const value = parsed(piece, wrong);
      if (piece.kind === 'element') yield* osvAdvisories(value, wrong);
      else {
        const [[key, member]] = Object.entries(value);
        kind ??= isRecord(member) && !OSV_MEMBERS.includes(key) ? 'tracker' : 'osv';
        if (kind === 'tracker') yield* trackerAdvisories(key, member, wrong);
        else osv = { ...osv, [key]: member };
      }
    }
  } catch (error) {
    if (error instanceof JsonPieceError) throw bad(name, error.line, error.message);
    throw error;
  }
}

function parsed(piece: Exclude<JsonPiece, { kind: 'end' }>, wrong: (what: string) => StageError) {
  let value: unknown;
  try {
    expectFewValues(piece.text, 'it');
    value = JSON.parse(piece.text);
  } catch (cause) {
    const { message } = cause as Error;
    throw wrong(
      cause instanceof OciError
        ? `an entry is too large: ${message}`
        : `an entry is no JSON: ${message.slice(0, 120)}`,
    );
  }
  if (!isRecord(value)) throw wrong('an entry is no object');
  return value;
}

function bad(file: string, line: number | undefined, what: string): StageError {
  return new StageError('bad-document', `${file} is no feed that can be read: ${what}`, {
    where: { file, ...(line !== undefined && { line, column: 1 }) },
    hint: 'Take an export of OSV (a zip archive, JSON or JSON lines), or the JSON of Debian’s security tracker.',
  });
}

function explained(error: unknown, named: string): unknown {
  if (error instanceof StageError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'EISDIR' || code === 'EACCES')
    return new StageError('missing-file', `cannot read the feed ${named}`, {
      cause: error,
      hint: 'Download a feed, and name its file with `--with`.',
    });
  return bad(named, undefined, message);
}
