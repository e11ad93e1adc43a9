/**
 * A matcher for absolute globs over tree paths (which lack the leading slash): `*` and `?` stay within a name,
 * `**` crosses them, `{a,b}` alternates.
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
