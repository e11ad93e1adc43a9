import type { FlagValues } from '../../flags/values.js';
import { CommandError } from '../../error.js';
import type { Surroundings } from '../../surroundings.js';
import { writeOutput } from '../../write-output.js';
import { metadataDisk, type MetadataDisk } from '@nx-linuxkit/disk';

/** Writes the image. */
export async function run(values: FlagValues, given: readonly string[], around: Surroundings): Promise<void> {
  const [file, text, ...more] = given;
  if (file === undefined || text === undefined || more.length > 0) {
    throw new CommandError(
      'bad-argument',
      `metadata create needs a file and a text, got ${given.length} arguments`,
      {
        hint: 'Write nx-linuxkit metadata create meta.iso "$(cat userdata)".',
      },
    );
  }
  const kind = (values.text('disk') ?? 'config') as MetadataDisk;
  const disk = await metadataDisk(kind, { name: values.text('name') ?? 'linuxkit', text });
  await writeOutput(file, disk, around);
}
