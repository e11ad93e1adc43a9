import { join } from 'node:path';
import { referenceOfUrl } from '@nx-linuxkit/oci';
import type { FlagValues } from '../../flags/values.js';
import type { Surroundings } from '../../surroundings.js';
import { openCache } from '../../open-cache.js';
import { convert } from './convert.js';
import { checkFiles, filesOf, requestOf, settingsOf } from './request.js';
import { checkFormats, singleFileOf } from './same-file.js';
import { withOutput } from './with-output.js';

/** Builds the system. */
export async function run(values: FlagValues, files: readonly string[], around: Surroundings): Promise<void> {
  checkFiles(files, 'build');
  const [system] = files.flatMap((file) => referenceOfUrl(file) ?? []);
  if (system !== undefined) return convert(system, values, files, around);
  const { buildStandalone, mergedYaml, sbomPath } = await import('@nx-linuxkit/stages/standalone');
  const { environment, layouts } = await openCache(values, around, settingsOf(values, sbomPath));
  const read = await filesOf(values, files, around);
  if (values.on('dry-run')) return void around.stdout.write(mergedYaml(environment, read));

  sayWhatIsMissing(values, around);
  const request = { ...read, ...requestOf(values, files, around), layouts };
  checkFormats(request.formats ?? [], request.name);
  const output = values.text('o');
  if (output === undefined) return void (await buildStandalone(environment, request, around.log));
  const format = singleFileOf(request.formats ?? ['tar'], request.name);
  await withOutput(environment, output, around, async (folder) => {
    const place = output === '-' ? 'standard output' : output;
    const log = (line: string) => around.log(line.replaceAll(join(folder, format.file), place));
    await buildStandalone(environment, { ...request, folder, formats: [format.name] }, log);
    return format.file;
  });
}

function sayWhatIsMissing(values: FlagValues, { log }: Surroundings): void {
  if (values.has('input-tar')) log('--input-tar is not needed: the cache has what an earlier build made');
}
