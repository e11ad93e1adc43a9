import { TreeError } from './error.js';

/**
 * Cleans a name from an archive: removes `.` components and leading, doubled and trailing slashes, so that `./a`,
 * `/a` and `a/` are all `a`, and `.` and `/` are '' (the root). Backslashes, drive letters and control characters
 * stay: no file of the host is ever created under the name.
 *
 * @throws TreeError `unsafe-path` for a `..` component, a NUL or an empty name.
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

/** Matches names that need cleaning or are refused; most names match nothing and take the fast path. */
const SUSPECT = /^$|\0|^\/|\/$|\/\/|(?:^|\/)\.\.?(?:\/|$)/;

/** The path of the directory that a clean path lies in; '' for the root and for names in it. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** The last component of a clean path. */
export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Joins two clean paths; either may be the root. */
export function joinPath(parent: string, child: string): string {
  return parent === '' ? child : child === '' ? parent : `${parent}/${child}`;
}

/** All proper ancestors of a clean path below the root, outermost first: `a`, `a/b` for `a/b/c`. */
export function ancestorsOf(path: string): string[] {
  const out: string[] = [];
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    out.push(path.slice(0, slash));
  }
  return out;
}

/** Compares two paths by UTF-16 code unit, for `sort`: a directory comes before what lies in it. */
export function comparePaths(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
