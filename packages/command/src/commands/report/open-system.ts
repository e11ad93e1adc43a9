import type { Environment, StandaloneBuild } from '@nx-linuxkit/stages/standalone';
import type { FlagValues } from '../../flags/values.js';
import { openCache } from '../../open-cache.js';
import type { Surroundings } from '../../surroundings.js';
import { checkFiles, filesOf, requestOf, settingsOf } from '../build/request.js';

/** A system that a report is about: the one that `build` makes with the same files and flags. */
export interface ReportedSystem {
  readonly environment: Environment;
  readonly request: StandaloneBuild;
  /** Builds it. */
  readonly command: string;
}

/** Opens the system of a call. Throws CommandError for files and flags that `build` refuses too. */
export async function openSystem(
  command: string,
  values: FlagValues,
  files: readonly string[],
  around: Surroundings,
): Promise<ReportedSystem> {
  checkFiles(files, command);
  const { sbomPath } = await import('@nx-linuxkit/stages/standalone');
  const { environment, layouts } = await openCache(values, around, settingsOf(values, sbomPath));
  const read = await filesOf(values, files, around);
  const request = { ...read, ...requestOf(values, files, around), layouts };
  return { environment, request, command: `nx-linuxkit build ${files.join(' ')}` };
}

/** Prints a report as lines, or as JSON where the flag asks for it. */
export function print(
  values: FlagValues,
  report: unknown,
  lines: () => readonly string[],
  around: Surroundings,
): void {
  const text = values.on('json') ? JSON.stringify(report, null, 2) : lines().join('\n');
  around.stdout.write(`${text}\n`);
}
