import { DebianError } from '../errors.js';
import { parseParagraphs } from '../mirror/deb822.js';
import type { Paragraph } from '../mirror/deb822.js';

/** Digest and size of a file that Release lists. */
export interface ReleaseFile {
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  /** bytes */
  readonly size: number;
}

/**
 * Reads the files that a verified Release lists, by their path below `dists/<suite>/`. Throws `bad-format` for the
 * Release of another suite, which a mirror may send instead.
 */
export function parseRelease(text: string, suite: string): ReadonlyMap<string, ReleaseFile> {
  const release: Paragraph = [...parseParagraphs(text.split(/\r?\n/))][0] ?? new Map();
  const names = [release.get('suite'), release.get('codename')];
  if (!names.includes(suite)) {
    throw new DebianError('bad-format', `expected the Release of ${suite}, got that of ${names.join(' / ')}`);
  }
  const files = (release.get('sha256') ?? '').split('\n').flatMap((line): [string, ReleaseFile][] => {
    const match = /^([0-9a-f]{64})\s+(\d{1,15})\s+(\S+)$/.exec(line);
    return match ? [[match[3], { sha256: match[1], size: Number(match[2]) }]] : [];
  });
  return new Map(files);
}
