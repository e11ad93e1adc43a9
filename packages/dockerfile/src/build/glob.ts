import type { Tree } from '@nx-linuxkit/tree';
import { joinPath } from '@nx-linuxkit/tree';

const SPECIAL = /[*?[\\]/;

/**
 * The paths of a tree that a source of COPY names: itself, or what a pattern of Go's `filepath.Match` matches. Symlinks
 * of folders are followed. https://pkg.go.dev/path/filepath#Match
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
    if (set !== undefined) return `[${negated as string}${(set as string).replace(/[[&~]/g, '\\$&')}]`;
    if (token.startsWith('*')) return '[^/]*';
    return token === '?' ? '[^/]' : literal(token);
  });
}

function literal(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}
