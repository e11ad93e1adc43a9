import { formatBytes } from '../front/tally.js';
import type { Place } from '../place/place.js';
import { entriesOf, indexBlobs } from './survey.js';

/** What a place holds, as lines. */
export async function stats(place: Place): Promise<readonly string[]> {
  const sizes = new Map<string, number>();
  let [entries, oldest] = [0, new Date()];
  for await (const { blobs, created } of entriesOf(place)) {
    entries++;
    if (created < oldest) oldest = created;
    for (const { digest, size } of blobs) sizes.set(digest, size);
  }
  const packs = sum(sizes.values());
  const index = sum((await indexBlobs(place)).map(({ size }) => size));
  return [
    place.name,
    `entries  ${entries}${entries > 0 ? `, the oldest of ${oldest.toISOString().slice(0, 10)}` : ''}`,
    `packs    ${sizes.size}, ${formatBytes(packs)}`,
    `index    ${formatBytes(index)}`,
  ];
}

const sum = (values: Iterable<number>) => [...values].reduce((all, value) => all + value, 0);
