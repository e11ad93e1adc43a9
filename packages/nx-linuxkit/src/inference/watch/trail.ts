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

/** Where paths below a folder lead, as its files are now. Each link is read once, because paths share their folders. */
export class Trails {
  /** The folder without a symlink in its path. */
  readonly realRoot: string;
  private readonly texts = new Map<string, LinkText>();

  constructor(private readonly root: string) {
    this.realRoot = realpathSync(root);
  }

  /** Follows every symlink in a path, also those in the names of its folders. */
  of(path: string): Trail {
    const links: string[] = [];
    const inside = relative(this.root, path);
    const above = inside.split(sep)[0] === '..' || isAbsolute(inside);
    let at = above ? parse(resolve(path)).root : this.realRoot;
    const rest = above ? partsOf(relative(at, resolve(path))) : partsOf(inside);
    while (rest.length > 0) {
      const next = join(at, rest.shift() as string);
      const text = this.textOf(next);
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

  private textOf(path: string): LinkText {
    if (!this.texts.has(path)) this.texts.set(path, linkText(path));
    return this.texts.get(path);
  }
}

function partsOf(path: string): string[] {
  return path.split(sep).filter((part) => part !== '');
}

/** The text of a symlink; undefined for anything else, and for what is missing. */
type LinkText = { readonly path: string } | 'no UTF-8' | undefined;

function linkText(path: string): LinkText {
  try {
    // An error for each file that is missing would take longer than all other calls.
    if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return undefined;
    const text = readlinkSync(path, 'buffer');
    return isUtf8(text) ? { path: text.toString() } : 'no UTF-8';
  } catch {
    return undefined;
  }
}
