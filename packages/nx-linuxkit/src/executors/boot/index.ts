import type { ExecutorContext } from '@nx/devkit';
import { describe } from '@nx-linuxkit/errors';
import {
  boot,
  checkMachine,
  qemuFailure,
  whenAnswered,
  type BootOptions,
  type Interrupt,
  type Leave,
  type MachineExit,
  type PublishedPort,
} from '@nx-linuxkit/machine';
import { checkOptions } from '../options/check-options.js';
import { stateOf, type BootedSystem } from './bootable.js';
import { openConsole, type Console } from './console.js';
import { prepareBoot } from './prepare-boot.js';

export type BootExecutorOptions = Omit<BootOptions, 'medium'> &
  BootedSystem & {
    /** What Ctrl-C does. Default `end`. */
    readonly interrupt?: Interrupt;
  };

/**
 * The exit code of an interrupt. Nx 24.0 counts a continuous task that no other task needs as done whatever its exit
 * code is, unless the code stands for a signal: with any other code a failed `nx boot` would end with 0.
 */
const FAILED = 130;

function failCommand(): void {
  process.once('exit', () => (process.exitCode = FAILED));
}

/** Boots a format with its console on the terminal, until the guest powers off or the task is stopped. */
export default async function* bootExecutor(
  given: BootExecutorOptions,
  context: ExecutorContext,
): AsyncGenerator<{ success: boolean }> {
  try {
    const checked = checkOptions<BootExecutorOptions>('boot', given, context);
    const { os, system, format, interrupt = 'end', ...options } = checked;
    checkMachine(options);
    const booted = await prepareBoot({ os, system, format }, options, context);
    const machine = await boot({ state: stateOf(booted, context), ...booted.target, ...options });
    const screen = openConsole(machine, interrupt, context);
    const ended = new AbortController();
    for (const port of machine.ports) void announce(port, screen, ended.signal);
    yield { success: true };
    const exit = await machine.exited;
    ended.abort();
    screen.disconnect();
    yield { success: succeeded(exit, screen.left()) };
  } catch (error) {
    console.error(describe(error));
    failCommand();
    yield { success: false };
  }
}

/** Says where a published port is, and when a program of the guest answers there. */
async function announce(port: PublishedPort, screen: Console, ended: AbortSignal): Promise<void> {
  const { host, guest, protocol } = port;
  screen.say(`${protocol} port ${guest} of the guest is at localhost:${host}`);
  if (protocol !== 'tcp') return;
  const where = await whenAnswered(port, ended);
  if (where !== undefined) screen.say(`port ${host} answers: ${where}`);
}

/**
 * Whether the command succeeded. A person who ends the machine by Ctrl-C has interrupted it. Throws MachineError
 * `qemu-failed`, with QEMU's own words.
 */
function succeeded(exit: MachineExit, left: Leave | undefined): boolean {
  if (left === undefined && exit.code !== 0) throw qemuFailure(exit);
  if (left === 'interrupt') failCommand();
  return left !== 'interrupt';
}
