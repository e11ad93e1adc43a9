import { nearest as nearestName } from '@nx-linuxkit/errors';

/** Keys of 2017 and their present names, which no edit distance would find. */
const RENAMED = new Map([
  ['system', 'onboot'],
  ['daemon', 'services'],
  ['bzImage', 'binary'],
]);

/** Returns the known key that a mistyped or old key most likely means; undefined if no key is similar enough. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const renamed = RENAMED.get(name);
  return renamed !== undefined && known.includes(renamed) ? renamed : nearestName(name, known);
}
