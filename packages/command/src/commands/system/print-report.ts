import type { FlagValues } from '../../flags/values.js';
import type { Surroundings } from '../../surroundings.js';

/** Prints a report: as JSON with the flag `json`, else as lines for people. */
export function printReport<Report>(
  report: Report,
  lines: (report: Report) => readonly string[],
  values: FlagValues,
  { stdout }: Surroundings,
): void {
  const text = values.on('json') ? JSON.stringify(report, null, 2) : lines(report).join('\n');
  stdout.write(`${text}\n`);
}
