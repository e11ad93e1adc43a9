import type { Call } from '../../definition.js';
import { CommandError } from '../../error.js';
import type { FlagValues } from '../../flags/values.js';
import { shells } from './shells.js';
import { completionWords } from './words.js';
import { SCRIPTS } from './scripts.js';

/** Prints the script. */
export async function run(
  _: FlagValues,
  given: readonly string[],
  { stdout, commands }: Call,
): Promise<void> {
  const shell = shells.find((name) => name === given[0]);
  if (shell === undefined || given.length > 1) {
    throw new CommandError('bad-argument', `completion needs a shell, got ${given.join(' ') || 'none'}`, {
      hint: `Write nx-linuxkit completion with one of ${shells.join(', ')}.`,
    });
  }
  stdout.write(SCRIPTS[shell](completionWords(commands)));
}
