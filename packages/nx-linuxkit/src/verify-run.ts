import { randomUUID } from 'node:crypto';

/**
 * The environment variable that makes the hash of a `build` with `--verify` its own: an input of the target `build`. Its
 * value is random, so that no cache has an answer to such a run, and nobody can put one there before.
 */
export const VERIFY_RUN = 'NX_LINUXKIT_VERIFY_RUN';

/** Sets the variable for a command with `--verify`. Nx calls this hook in each command, before it hashes tasks. */
export function preTasksExecution(_options: unknown, { argv }: { readonly argv: readonly string[] }): void {
  if (argv.some((word) => /^--verify(=|$)/.test(word))) process.env[VERIFY_RUN] = randomUUID();
}
