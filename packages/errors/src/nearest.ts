/** Returns the known name that a mistyped name most likely means; undefined if no name is similar enough. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    // A third of the letters may be wrong: "capabilites" finds "capabilities", but "foo" does not find "env".
    .filter(({ candidate, distance }) => distance <= Math.max(name.length, candidate.length) / 3)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate ?? known.find((candidate) => isShortened(name, candidate));
}

/** Letters that a shortened name must have, so that a single letter means nothing. */
const SHORTEST = 3;

/** Whether one name is the beginning of the other: "qcow2" of "qcow2-efi", "mem" of "memory". */
function isShortened(name: string, candidate: string): boolean {
  const [short, long] = [name.toLowerCase(), candidate.toLowerCase()].sort((a, b) => a.length - b.length);
  return short.replace(/^-+/, '').length >= SHORTEST && long.startsWith(short);
}

/** Counts the insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
function editDistance(a: string, b: string): number {
  let previous: number[] = [];
  let current = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const older = previous;
    previous = current;
    current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      current[j] = Math.min(replaced, previous[j] + 1, current[j - 1] + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        current[j] = Math.min(current[j], older[j - 2] + 1);
      }
    }
  }
  return current[b.length];
}
