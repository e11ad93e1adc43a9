/** Formats a count of bytes as `12.3 MB`, in decimal units, as registries and disks have them. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Formats the time since a `performance.now()` as `0.42 s`. */
export function duration(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(2)} s`;
}
