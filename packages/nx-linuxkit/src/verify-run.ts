/**
 * The environment variable that makes the hash of a `build` with `--verify` its own: an input of the target `build`. Its
 * value is random, so that no cache has an answer to such a run, and nobody can put one there before.
 */
export const VERIFY_RUN = 'NX_LINUXKIT_VERIFY_RUN';

type PreTasksExecution = (options: unknown, context: { readonly argv: readonly string[] }) => void;

/** Sets the variable for a command with `--verify`. Nx calls this hook in each command, before it hashes tasks. */
const markVerifyRun: PreTasksExecution = (_options, { argv }) => {
  if (argv.some((word) => /^--verify(=|$)/.test(word))) process.env[VERIFY_RUN] = crypto.randomUUID();
};

/**
 * The hook, except in a daemon. A daemon ends the process of a plugin after each hook and starts another for the next
 * command, so the hook would make every command with a daemon 0.2 s longer. The executor refuses `--verify` there.
 */
export const preTasksExecution: PreTasksExecution | undefined = process.env.NX_DAEMON_PROCESS
  ? undefined
  : markVerifyRun;
