/**
 * Makes a function that tells whether a path of a tree, which has no leading slash, matches one of several absolute
 * globs. `*` and `?` match within a name, `**` matches across names, `{a,b}` matches either.
 */
export function matcher(globs: readonly string[]): (path: string) => boolean {
  const patterns = globs.map((glob) => new RegExp(`^${source(glob.replace(/^\//, ''))}$`, 's'));
  return (path) => patterns.some((pattern) => pattern.test(path));
}

function source(glob: string): string {
  let depth = 0;
  return glob.replace(/\*\*\/|\*\*|[\s\S]/g, (token) => {
    switch (token) {
      case '**/':
        return '(?:.*/)?';
      case '**':
        return '.*';
      case '*':
        return '[^/]*';
      case '?':
        return '[^/]';
      case '{':
        depth += 1;
        return '(?:';
      case '}':
        depth -= 1;
        return ')';
      case ',':
        return depth > 0 ? '|' : ',';
      default:
        return token.replace(/[\\^$.|+()[\]]/, '\\$&');
    }
  });
}
