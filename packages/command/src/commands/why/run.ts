import type { FlagValues } from '../../flags/values.js';
import type { Surroundings } from '../../surroundings.js';
import { openSystem, print } from '../report/open-system.js';

/** Says why a build made something. Builds nothing. */
export async function run(values: FlagValues, files: readonly string[], around: Surroundings): Promise<void> {
  const { environment, request, command } = await openSystem('why', values, files, around);
  const { whyLines, whyStandalone } = await import('@nx-linuxkit/stages/reports');
  const why = await whyStandalone(environment, request, command);
  print(values, why, () => whyLines(why, {}), around);
}
