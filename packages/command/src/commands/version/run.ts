import { createRequire } from 'node:module';
import type { FlagValues } from '../../flags/values.js';
import type { Surroundings } from '../../surroundings.js';

/** Prints the version of this package, which is that of all packages. */
export async function run(values: FlagValues, _: readonly string[], { stdout }: Surroundings): Promise<void> {
  const { version } = createRequire(__filename)('@nx-linuxkit/command/package.json') as { version: string };
  stdout.write(values.on('short') ? `${version}\n` : `nx-linuxkit version ${version}\n`);
}
