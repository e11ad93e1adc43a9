import type { Digest } from '@nx-linuxkit/oci';
import { CacheError } from '../error.js';
import { formatBytes } from '../front/tally.js';
import type { Place } from '../place/place.js';
import { PublishedIndex } from '../write/published-index.js';
import { entriesOf, indexBlobs, type Listed } from './survey.js';

/** What to keep. */
export interface Retention {
  /** Milliseconds; older entries go. */
  readonly age?: number;
  /** Bytes of all packs together; the oldest entries go until it holds. */
  readonly size?: number;
}

/**
 * Milliseconds. A writer may be about to use a younger blob: it has stored it, or marked it as used, and its manifest
 * comes as the last.
 */
const GRACE = 24 * 3600_000;

/** Removes entries by age and size, and what only they need. Returns what it did, as lines. Throws `cannot-delete`. */
export async function gc(
  place: Place,
  { age, size }: Retention,
  now = Date.now(),
): Promise<readonly string[]> {
  if (age === undefined && size === undefined) {
    throw new CacheError('bad-flag', 'expected --older-than or --larger-than, got neither', {
      hint: 'For example: nx-linuxkit-cache gc --to URL --older-than 30',
    });
  }
  const entries: Listed[] = [];
  for await (const entry of entriesOf(place)) entries.push(entry);
  const kept = fitting(
    entries.filter(({ created }) => age === undefined || now - created.getTime() <= age),
    size,
  );
  const going = entries.filter((entry) => !kept.has(entry));
  for (const { tag, manifest } of going) await place.remove(tag, manifest);
  const needed = new Set([...kept].flatMap(({ blobs }) => blobs.map(({ digest }) => digest)));
  if (going.length > 0) await new PublishedIndex(place).replace(({ digest }) => needed.has(digest));
  const index = (await indexBlobs(place)).map(({ digest }) => digest);
  const freed = await place.sweep(new Set<Digest>([...needed, ...index]), GRACE);
  const removed = `${going.length} of ${entries.length} entries removed`;
  if (going.length === 0 && freed === undefined) return [removed];
  return [
    removed,
    freed === undefined
      ? 'the registry frees the space when it collects its garbage'
      : `${formatBytes(freed)} freed; blobs of the last day stay, as a build may be about to use them`,
  ];
}

/** The newest entries whose blobs together have at most `limit` bytes. */
function fitting(entries: readonly Listed[], limit = Infinity): ReadonlySet<Listed> {
  const kept = new Set<Listed>();
  const counted = new Set<string>();
  let bytes = 0;
  for (const entry of [...entries].sort((a, b) => b.created.getTime() - a.created.getTime())) {
    const more = entry.blobs.filter(({ digest }) => !counted.has(digest));
    const added = more.reduce((sum, { size }) => sum + size, 0);
    if (bytes + added > limit) break;
    bytes += added;
    for (const { digest } of more) counted.add(digest);
    kept.add(entry);
  }
  return kept;
}
