import { isUtf8 } from 'node:buffer';
import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { isAbsolute, join, parse, relative, resolve, sep } from 'node:path';

/** Symlinks that Linux follows in one path. */
const MAX_LINKS = 40;

/** Where a path leads. Paths are absolute, and without a symlink in their folders. */
export interface Trail {
  /** The symlinks on the way, in the order in which they are followed. */
  readonly links: readonly string[];
  /** What the path leads to, whether or not it exists. */
  readonly target: string;
  /** True for a loop of links, and for a link whose text is no UTF-8: these lead nowhere. */
  readonly broken: boolean;
}

/** Follows every symlink in a path below `root`, also those in the names of its folders. */
export function trailOf(path: string, root: string): Trail {
  const links: string[] = [];
  const inside = relative(root, path);
  const above = inside.split(sep)[0] === '..' || isAbsolute(inside);
  let at = above ? parse(resolve(path)).root : realpathSync(root);
  const rest = above ? partsOf(relative(at, resolve(path))) : partsOf(inside);
  while (rest.length > 0) {
    const next = join(at, rest.shift() as string);
    const text = linkText(next);
    if (text === undefined) {
      at = next;
      continue;
    }
    links.push(next);
    if (text === 'no UTF-8' || links.length > MAX_LINKS) return { links, target: next, broken: true };
    if (isAbsolute(text.path)) at = parse(text.path).root;
    rest.unshift(...partsOf(isAbsolute(text.path) ? relative(at, text.path) : text.path));
  }
  return { links, target: at, broken: false };
}

function partsOf(path: string): string[] {
  return path.split(sep).filter((part) => part !== '');
}

/** The text of a symlink; undefined for anything else, and for what is missing. */
function linkText(path: string): { readonly path: string } | 'no UTF-8' | undefined {
  try {
    if (!lstatSync(path).isSymbolicLink()) return undefined;
    const text = readlinkSync(path, 'buffer');
    return isUtf8(text) ? { path: text.toString() } : 'no UTF-8';
  } catch {
    return undefined;
  }
}
