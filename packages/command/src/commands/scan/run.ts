import type { FlagValues } from '../../flags/values.js';
import type { Surroundings } from '../../surroundings.js';
import { printReport } from '../system/print-report.js';
import { givenSystem } from '../system/request.js';

/** Prints the vulnerabilities of a system. Fails for those of a severity, after all is printed. */
export async function run(values: FlagValues, files: readonly string[], around: Surroundings): Promise<void> {
  const { checkScan, readSeverity, scanLines, scanStandalone } = await import('@nx-linuxkit/stages/reports');
  const failOn = values.text('fail-on');
  const least = failOn === undefined ? undefined : readSeverity(failOn);
  const { environment, request } = await givenSystem('scan', values, files, around);
  const feed = { with: values.text('with'), vex: values.text('vex') };
  const scan = await scanStandalone(environment, { ...request, ...feed }, around.log);
  printReport(scan, scanLines, values, around);
  if (least !== undefined) checkScan(scan, least);
}
