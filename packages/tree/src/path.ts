import { TreeError } from './error.js';

/**
 * One rule for every name that an archive brings: `.` components, leading, doubled and trailing slashes go
 * (`./a`, `/a` and `a/` are all `a`); `..` anywhere, NUL and the empty name are errors. Backslashes, drive
 * letters and control characters are ordinary bytes of a name: no host file is ever made under it. '' is the
 * root (`.`, `./`, `/`).
 */
export function cleanPath(name: string): string {
  if (!SUSPECT.test(name)) return name;
  if (name === '') throw new TreeError('unsafe-path', 'an entry has an empty name');
  if (name.includes('\0')) {
    throw new TreeError('unsafe-path', `name ${JSON.stringify(name)} has a NUL byte`);
  }
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) {
    throw new TreeError('unsafe-path', `name ${JSON.stringify(name)} has a ".." component`, {
      hint: 'make the archive again with names below its root',
    });
  }
  return parts.join('/');
}

/** Names that need a second look: empty, NUL, a leading, trailing or doubled slash, a `.` or `..` component. */
const SUSPECT = /^$|\0|^\/|\/$|\/\/|(?:^|\/)\.\.?(?:\/|$)/;

export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Joins two clean paths; either may be the root. */
export function joinPath(parent: string, child: string): string {
  return parent === '' ? child : child === '' ? parent : `${parent}/${child}`;
}

/** All proper ancestors below the root, the outermost first: `a`, `a/b` for `a/b/c`. */
export function ancestorsOf(path: string): string[] {
  const out: string[] = [];
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    out.push(path.slice(0, slash));
  }
  return out;
}

/** The order of paths everywhere: by UTF-16 code unit. A directory comes before what is in it. */
export function comparePaths(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
