const UNITS = ['B', 'kB', 'MB', 'GB'];

/** Formats a count of bytes as `12.3 MB`, in decimal units, as registries and disks have them. */
export function bytes(count: number): string {
  const unit = unitOf(count);
  return `${inUnit(count, unit)} ${UNITS[unit]}`;
}

/** Formats a part of a count of bytes as `3.1/72.0 MB`. */
export function partOf(done: number, total: number): string {
  const unit = unitOf(total);
  return `${inUnit(done, unit)}/${inUnit(total, unit)} ${UNITS[unit]}`;
}

function unitOf(count: number): number {
  let unit = 0;
  for (let value = count; value >= 999.5 && unit < UNITS.length - 1; value /= 1000) unit += 1;
  return unit;
}

function inUnit(count: number, unit: number): string {
  const value = count / 1000 ** unit;
  return unit === 0 || value >= 100 ? String(Math.round(value)) : value.toFixed(1);
}

/** Formats the time since a `performance.now()` as `0.42 s`. */
export function duration(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(2)} s`;
}
