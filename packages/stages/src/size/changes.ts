/** A part of a system whose size has changed. Absent before or after is 0. */
export interface SizeChange {
  /** An image, a package, or the path of a file. */
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

/** Compares sizes by name: the largest changes first. */
export function changes(
  before: readonly (readonly [string, number])[],
  after: readonly (readonly [string, number])[],
): SizeChange[] {
  const [old, now] = [new Map(before), new Map(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names
    .map((name) => ({ name, before: old.get(name) ?? 0, after: now.get(name) ?? 0 }))
    .filter((change) => change.before !== change.after)
    .sort((a, b) => Math.abs(difference(b)) - Math.abs(difference(a)) || (a.name < b.name ? -1 : 1));
}

function difference({ before, after }: SizeChange): number {
  return after - before;
}
