import type { ExecutorContext } from '@nx/devkit';
import { describe } from '@nx-linuxkit/errors';
import { boot, checkMachine, type BootOptions, type Interrupt } from '@nx-linuxkit/machine';
import { checkOptions } from '../options/check-options.js';
import { announce } from './announce.js';
import { stateOf, type BootedSystem } from './bootable.js';
import { openConsole } from './console.js';
import { failCommand, succeeded } from './end-of-boot.js';
import { prepareBoot } from './prepare-boot.js';

export type BootExecutorOptions = Omit<BootOptions, 'medium'> &
  BootedSystem & {
    /** What Ctrl-C does. Default `end`. */
    readonly interrupt?: Interrupt;
  };

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
