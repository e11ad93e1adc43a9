import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { describe } from '@nx-linuxkit/errors';
import { boot, type BootOptions } from '@nx-linuxkit/machine';
import type { ShortIdentity } from '@nx-linuxkit/stages/plan';
import { bootableSystem } from './bootable-system.js';
import { copyLines } from './line-output.js';

export type BootExecutorOptions = Omit<BootOptions, 'medium'> & {
  readonly os: ShortIdentity;
  readonly format: string;
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
  { os: short, format, ...options }: BootExecutorOptions,
  context: ExecutorContext,
): AsyncGenerator<{ success: boolean }> {
  try {
    const { os, target } = await bootableSystem(short, format, options, context);
    const machine = await boot({
      state: join(context.root, '.linuxkit', 'boot', os.name, format),
      ...target,
      console: process.stdout.isTTY ? 'terminal' : 'pipe',
      ...options,
    });
    if (machine.output) copyLines(machine.output, process.stdout);
    for (const { host, guest, protocol } of machine.ports) {
      console.log(`${protocol} port ${guest} of the guest is at localhost:${host}`);
    }
    yield { success: true };
    const { code, signal } = await machine.exited;
    const success = code === 0 || signal !== null;
    if (!success) failCommand();
    yield { success };
  } catch (error) {
    console.error(describe(error));
    failCommand();
    yield { success: false };
  }
}
