import { sep } from 'node:path';

/** Characters that Nx's globs give a meaning. `@` and `+` have one only before a parenthesis, `,` only in braces. */
const SPECIAL = /[[\]{}()*?!\\]/g;

/**
 * A glob that matches one path and nothing else. Nx reads the paths in `inputs` and `outputs` as globs: with a plain
 * `a[b].txt` it would look for `ab.txt`, find none, and not see that the file changes.
 */
export function globOf(path: string, separator: string = sep): string {
  // Where the backslash separates folders it escapes nothing, and it is in no name.
  if (separator === '\\') return path.replace(/[[\]{}()]/g, '[$&]').replaceAll('!', '?');
  const escaped = path.replace(SPECIAL, '\\$&');
  // Nx drops an output that looks like `{options.x}`, whatever stands before the brace.
  return escaped.replace(/\{(?=[A-Za-z])/g, '{\\');
}

/** A fileset of one path, relative to the workspace, or of all files below it. */
export function filesetOf(path: string, below?: 'below'): string {
  return `{workspaceRoot}/${path === '.' ? '' : globOf(path)}${below ? `${path === '.' ? '' : '/'}**/*` : ''}`;
}
