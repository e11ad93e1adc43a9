import { DebianError } from '../errors.js';
import { parseParagraphs } from '../mirror/deb822.js';
import type { Paragraph } from '../mirror/deb822.js';

/** A file that Release vouches for, by its path below `dists/<suite>/`. */
export interface ReleaseFile {
  readonly sha256: string;
  readonly size: number;
}

/** The files of a verified Release; fails if it is that of another suite (a mirror that swaps them). */
export function parseRelease(text: string, suite: string): ReadonlyMap<string, ReleaseFile> {
  const release: Paragraph = [...parseParagraphs(text.split(/\r?\n/))][0] ?? new Map();
  const names = [release.get('suite'), release.get('codename')];
  if (!names.includes(suite)) {
    throw new DebianError('bad-format', `Release is that of ${names.join(' / ')}, not of ${suite}`);
  }
  const files = (release.get('sha256') ?? '').split('\n').flatMap((line): [string, ReleaseFile][] => {
    const match = /^([0-9a-f]{64})\s+(\d+)\s+(\S+)$/.exec(line);
    return match ? [[match[3], { sha256: match[1], size: Number(match[2]) }]] : [];
  });
  return new Map(files);
}
