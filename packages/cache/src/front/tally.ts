const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** What happened in a run, and the line that says it. */
export class Tally {
  asked = 0;
  found = 0;
  sent = 0;
  stored = 0;
  traffic = { up: 0, down: 0 };
  private readonly problems = new Map<string, number>();

  problem(text: string): void {
    this.problems.set(text, (this.problems.get(text) ?? 0) + 1);
  }

  /** One line: what was restored and stored, and the first problem of a kind. */
  line(): string {
    const { up, down } = this.traffic;
    const parts = [`${this.found} of ${this.asked} restored (${formatBytes(down)} down)`];
    if (this.sent > 0) parts.push(`${this.stored} of ${this.sent} stored (${formatBytes(up)} up)`);
    const [first] = this.problems;
    if (!first) return parts.join(', ');
    const all = [...this.problems.values()].reduce((sum, count) => sum + count, 0);
    return `${parts.join(', ')}; ${first[0]}${all > 1 ? ` (and ${all - 1} more)` : ''}`;
  }
}

/** `67.5 MB`. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  for (; value >= 1000 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}
