import type { FlagValues } from '../../flags/values.js';
import { CommandError } from '../../error.js';
import type { Surroundings } from '../../surroundings.js';
import { writeOutput } from '../../write-output.js';
import { metadataIso } from './metadata-iso.js';

/** Writes the image. */
export async function run(_: FlagValues, given: readonly string[], around: Surroundings): Promise<void> {
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
  await writeOutput(file, await metadataIso(text), around);
}
