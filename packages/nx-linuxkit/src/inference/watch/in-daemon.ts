/**
 * Whether Nx's daemon infers. It keeps the graph and the hashes of files until it sees one change, and it overlooks changes that
 * are not in the bytes of a file: a mode, where a symlink leads, an empty folder. Nx sets the variable in the daemon, and so in
 * the processes in which the daemon runs plugins.
 */
export function inDaemon(): boolean {
  return process.env.NX_DAEMON_PROCESS === 'true';
}
