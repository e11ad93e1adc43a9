import type { Tree } from '@nx-linuxkit/tree';
import { joinPath } from '@nx-linuxkit/tree';

const SPECIAL = /[*?[\\]/;

/** A source of COPY is not a pattern of Go. The message says why. */
export class BadPattern extends Error {}

/**
 * The paths of a tree that a source of COPY names: itself, or what a pattern of Go's `filepath.Match` matches. Symlinks
 * of folders are followed. Throws BadPattern. https://pkg.go.dev/path/filepath#Match
 */
export function matchPaths(tree: Tree, source: string): string[] {
  const parts = source.split('/').filter((part) => part !== '' && part !== '.');
  const rooted = parts.reduce<string[]>(
    (path, part) => (part === '..' ? path.slice(0, -1) : [...path, part]),
    [],
  );
  return rooted.reduce<string[]>(
    (found, part) => found.flatMap((folder) => within(tree, folder, part)),
    [''],
  );
}

/** Whether a source of COPY, or a part of one, may match several paths. */
export function isPattern(source: string): boolean {
  return /[*?[]/.test(source.replace(/\\[^]/g, ''));
}

/** The folder in which a pattern begins to match, such as `a/b` of `a/b/*.txt`; undefined for a path. */
export function literalFolder(source: string): string | undefined {
  const parts = source.split('/');
  const first = parts.findIndex(isPattern);
  return first === -1 ? undefined : parts.slice(0, first).join('/');
}

function within(tree: Tree, folder: string, part: string): string[] {
  if (!SPECIAL.test(part)) {
    const path = joinPath(folder, part);
    return tree.get(tree.resolve(path)) === undefined ? [] : [path];
  }
  const pattern = new RegExp(`^${toRegExp(part)}$`, 'su');
  const names = tree.children(tree.realpath(folder));
  return names.filter((name) => pattern.test(name)).map((name) => joinPath(folder, name));
}

function toRegExp(part: string): string {
  return part.replace(/\\(.)|\*+|\?|\[(\^?)((?:\\.|[^\]\\])+)\]|[^]/gu, (token, escaped, negated, set) => {
    if (escaped !== undefined) return literal(escaped as string);
    if (set !== undefined) return `[${negated as string}${rangesOf(set as string)}]`;
    if (token.startsWith('*')) return '[^/]*';
    return token === '?' ? '[^/]' : literal(token);
  });
}

/** The characters of a class, as code points: some of them have another meaning in a class of JavaScript. */
function rangesOf(set: string): string {
  const characters = [...set.matchAll(/\\?([^])/gu)].map(([token, character]) => ({ token, character }));
  let ranges = '';
  for (let i = 0; i < characters.length; i++) {
    const first = limitAt(i);
    const isRange = characters[i + 1]?.token === '-';
    if (isRange) i += 2;
    const last = isRange ? limitAt(i) : first;
    // A range that ends before it begins has no character, in Go too.
    if (first <= last) ranges += `\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`;
  }
  return ranges;

  function limitAt(i: number): number {
    const { token, character } = characters[i] ?? { token: '-' };
    if (token === '-') throw new BadPattern(`[${set}] is no class of characters: write \\- for a hyphen`);
    return character!.codePointAt(0)!;
  }
}

function literal(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}
