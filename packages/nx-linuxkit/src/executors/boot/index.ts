import type { ExecutorContext } from '@nx/devkit';
import { describe } from '@nx-linuxkit/errors';
import { checkMachine, type Interrupt } from '@nx-linuxkit/machine';
import { checkOptions } from '../options/check-options.js';
import { announce } from './announce.js';
import type { BootedSystem } from './bootable.js';
import { openConsole } from './console.js';
import { failCommand, succeeded } from './end-of-boot.js';
import { startInQemu, startOn, type StartOptions } from './start-machine.js';

export type BootExecutorOptions = StartOptions &
  BootedSystem & {
    /** The hypervisor in the place of QEMU. */
    readonly on?: string;
    /** What Ctrl-C does. Default `end`. */
    readonly interrupt?: Interrupt;
  };

/** Boots a format in QEMU or on a hypervisor, with its console on the terminal, until the guest powers off or the task is stopped. */
export default async function* bootExecutor(
  given: BootExecutorOptions,
  context: ExecutorContext,
): AsyncGenerator<{ success: boolean }> {
  try {
    const checked = checkOptions<BootExecutorOptions>('boot', given, context);
    const { os, system, format, on, interrupt = 'end', ...options } = checked;
    checkMachine(options);
    const chosen = { os, system, format };
    const { machine, failure } = on
      ? await startOn(on, chosen, options, context)
      : await startInQemu(chosen, options, context);
    const screen = openConsole(machine, interrupt, context);
    const ended = new AbortController();
    for (const port of machine.ports) void announce(port, screen, ended.signal);
    yield { success: true };
    const exit = await machine.exited;
    ended.abort();
    screen.disconnect();
    yield { success: succeeded(exit, screen.left(), failure) };
  } catch (error) {
    console.error(describe(error));
    failCommand();
    yield { success: false };
  }
}
