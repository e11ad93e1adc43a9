import { qemuFailure, type Leave, type MachineExit } from '@nx-linuxkit/machine';

/**
 * The exit code of an interrupt. Nx 24.0 counts a continuous task that no other task needs as done whatever its exit
 * code is, unless the code stands for a signal: with any other code a failed `nx boot` would end with 0.
 */
const FAILED = 130;

/** Makes the command fail. */
export function failCommand(): void {
  process.once('exit', () => (process.exitCode = FAILED));
}

/**
 * Whether the command succeeded. A person who ends the machine by Ctrl-C has interrupted it. Throws the
 * error of a failure, with the program's own words.
 */
export function succeeded(
  exit: MachineExit,
  left: Leave | undefined,
  failure: (exit: MachineExit) => Error = qemuFailure,
): boolean {
  if (left === undefined && exit.code !== 0) throw failure(exit);
  if (left === 'interrupt') failCommand();
  return left !== 'interrupt';
}
