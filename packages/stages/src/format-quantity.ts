/** `12.3 MB`: decimal units, as registries and disks are sold. */
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

/** `0.42 s` since a `performance.now()`. */
export function duration(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(2)} s`;
}
