import { keyOf } from './key.js';

/** Hexadecimal digits that keep apart the few names of a workspace that a file system does not. */
const DIGITS = 8;

/** What every file system takes, in lower case, because some ignore case. */
const PLAIN = /^[a-z0-9_@][a-z0-9_@.+-]*$/;
/** Names that Windows reserves, with any extension. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/;

/**
 * A relative path for a name, with a folder for each part between slashes. Different names get different paths also
 * where a file system ignores case, drops a dot at the end, or has no file called `con`: such parts get a hash of
 * themselves, behind a `~`, which no plain part has.
 */
export function folderOf(name: string): string {
  return name.split('/').map(folderOfPart).join('/');
}

function folderOfPart(part: string): string {
  if (PLAIN.test(part) && !part.endsWith('.') && !RESERVED.test(part)) return part;
  const near = part.toLowerCase().replace(/[^a-z0-9_-]+/g, '-');
  return `${near}~${keyOf(part).slice(0, DIGITS)}`;
}
