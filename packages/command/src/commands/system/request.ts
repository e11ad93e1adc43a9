import { basename } from 'node:path';
import { parseAssignments } from '@nx-linuxkit/spec';
import type { Environment, StandaloneSystem } from '@nx-linuxkit/stages/standalone';
import { CommandError } from '../../error.js';
import type { FlagValues } from '../../flags/values.js';
import { openCache } from '../../open-cache.js';
import { platformOf } from '../../platform.js';
import type { Surroundings } from '../../surroundings.js';
import { readInput } from '../build/read-input.js';

/** LinuxKit's name for a system that comes from standard input. */
const NAMELESS = 'moby';

/** A system that a command says something about. */
export interface GivenSystem {
  readonly environment: Environment;
  readonly request: StandaloneSystem;
}

/** Opens the system that flags and files of `command` name. Throws CommandError `bad-argument` where no file is named. */
export async function givenSystem(
  command: string,
  values: FlagValues,
  files: readonly string[],
  around: Surroundings,
): Promise<GivenSystem> {
  if (files.length === 0) {
    throw new CommandError('bad-argument', `${command} needs the path of a YAML file`, {
      hint: `Write nx-linuxkit ${command} FILE.yml, or - for standard input.`,
    });
  }
  const settings = { docker: values.on('docker'), sbom: true };
  const { environment, layouts } = await openCache(values, around, settings);
  const last = files[files.length - 1];
  const request = {
    files,
    input: files.includes('-') ? await readInput(around.stdin) : undefined,
    packagesFrom: __filename,
    variant: values.text('variant'),
    set: parseAssignments(values.list('set')),
    name: values.text('name') ?? nameOf(last),
    platform: platformOf(values.text('arch')),
    pull: values.on('pull'),
    layouts,
  };
  return { environment, request };
}

/** The last file's name, without its last extension, as LinuxKit has it. */
function nameOf(file: string): string {
  return file === '-' ? NAMELESS : basename(file).replace(/(?<=.)\.[^.]*$/, '');
}
