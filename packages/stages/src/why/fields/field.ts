/** One thing that a system is made of. */
export interface Field {
  /** Where it stands: `services/nginx`, `files/etc/motd`, `option compressor`. */
  readonly place: string;
  /** What it is there: `env`. */
  readonly name: string;
  readonly value: unknown;
  /** The tasks whose inputs it is: ids as in `taskId`. `format` stands for every format. */
  readonly readers: readonly string[];
}

/** Numbers the names that come again, because entries of a list may have one name. */
export function unique(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return names.map((name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}
