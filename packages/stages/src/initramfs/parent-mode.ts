/** The mode that LinuxKit gives to a parent of a file: the file's, with x for each class that has any bit. */
export function parentMode(mode: number): number {
  const classes = [0o700, 0o070, 0o007] as const;
  return classes.reduce((result, bits) => (mode & bits ? result | (bits & 0o111) : result), mode);
}
