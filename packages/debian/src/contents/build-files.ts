import type { Build } from './model.js';
import { BUILD_FILE } from './build.js';
import { LOCK_FILE } from '../lock/lock.js';

/** All that a build reads in its folder, relative to it: files and folders. */
export function buildFiles({ contents }: Build): string[] {
  const sources = contents.files.flatMap(({ source }) => source ?? []);
  return [
    ...new Set([BUILD_FILE, LOCK_FILE, ...sources, ...(contents.applets ? [contents.applets.source] : [])]),
  ].sort();
}
