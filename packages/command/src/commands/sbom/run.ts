import { resolve } from 'node:path';
import type { FlagValues } from '../../flags/values.js';
import type { Surroundings } from '../../surroundings.js';
import { givenSystem } from '../system/request.js';

/** Writes the bills of materials of a system. */
export async function run(values: FlagValues, files: readonly string[], around: Surroundings): Promise<void> {
  const { environment, request } = await givenSystem('sbom', values, files, around);
  const { writeStandaloneBom } = await import('@nx-linuxkit/stages/reports');
  const folder = resolve(around.folder, values.text('dir') ?? '.');
  around.log(
    await writeStandaloneBom(environment, { ...request, folder, vex: values.text('vex') }, around.log),
  );
}
