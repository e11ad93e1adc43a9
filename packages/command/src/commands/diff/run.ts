import { CommandError } from '../../error.js';
import type { FlagValues } from '../../flags/values.js';
import type { Surroundings } from '../../surroundings.js';
import { openSystem, print } from '../report/open-system.js';

/** Compares a system with another state of it. A difference is no failure. */
export async function run(values: FlagValues, files: readonly string[], around: Surroundings): Promise<void> {
  const other = values.text('with');
  if (other === undefined) {
    throw new CommandError('bad-flag', 'diff needs --with, which says what to compare with', {
      hint: 'Write nx-linuxkit diff --with HEAD~1 FILE.yml, or name a folder of formats or a reference in a registry.',
    });
  }
  const { environment, request } = await openSystem('diff', values, files, around);
  const { diffLines, diffStandalone } = await import('@nx-linuxkit/stages/reports');
  const compared = { with: other, cwd: around.folder };
  const diff = await diffStandalone(environment, request, compared, around.log);
  print(values, diff, () => diffLines(diff), around);
}
