import { describe } from '@nx-linuxkit/errors';
import { commands } from './commands/table.js';
import type { Definition } from './definition.js';
import { CommandError } from './error.js';
import { findCommand } from './find-command.js';
import { parseFlags } from './flags/parse.js';
import type { FlagValues } from './flags/values.js';
import { commandHelp, overview } from './help.js';
import { processSurroundings, type Surroundings } from './surroundings.js';

/** Runs the command that the arguments name, and sets this process's exit code. */
export async function main(args: readonly string[]): Promise<void> {
  process.exitCode = await runCommand(args, processSurroundings());
}

/** Runs the command that the arguments name, and gives its exit code. An error is one message on standard error. */
export async function runCommand(args: readonly string[], around: Surroundings): Promise<number> {
  try {
    const found = await findCommand(args, commands);
    if ('overview' in found) {
      around.stdout.write(overview(found.overview));
      return 0;
    }
    return await runFound(found.command, found.rest, around);
  } catch (error) {
    console.error(`error: ${describe(error)}`);
    return 1;
  }
}

async function runFound(command: Definition, args: readonly string[], around: Surroundings): Promise<number> {
  if (!command.load) {
    throw new CommandError('not-built', `${command.name} is not built`, { hint: command.instead });
  }
  const { values, given } = await parseFlags(command, args);
  if (values.on('help')) {
    around.stdout.write(commandHelp(command));
    return 0;
  }
  const { run } = await command.load();
  return (await run(values, given, { ...quieter(values, around), commands })) ?? 0;
}

/** With `--quiet` or `--verbose 0` lines about what happens are dropped. Errors are no such lines. */
function quieter(values: FlagValues, around: Surroundings): Surroundings {
  const quiet = values.on('quiet') || values.number('verbose') === 0;
  return quiet ? { ...around, log: () => undefined } : around;
}
