import { resolve } from 'node:path';
import type { FlagValues } from '../../flags/values.js';
import type { Surroundings } from '../../surroundings.js';
import { openSystem, print } from '../report/open-system.js';

/** Measures a system. Fails where it is larger than its budget, after it has printed the sizes. */
export async function run(values: FlagValues, files: readonly string[], around: Surroundings): Promise<void> {
  const { environment, request } = await openSystem('size', values, files, around);
  const { checkBudget, compareSizes, readBudget, readMeasurement, sizeLines, sizeStandalone } =
    await import('@nx-linuxkit/stages/reports');
  const [budget, since] = [values.text('budget'), values.text('since')];
  const most = budget === undefined ? undefined : readBudget(budget);
  const hint = 'Write the file with `--json` in an earlier call.';
  const before =
    since === undefined ? undefined : readMeasurement(resolve(around.folder, since), since, hint);
  const size = await sizeStandalone(environment, request, around.log);
  const changes = before && compareSizes(before, size);
  print(values, { ...size, ...(changes && { changes }) }, () => sizeLines(size, changes), around);
  if (most !== undefined) checkBudget(size, most);
}
