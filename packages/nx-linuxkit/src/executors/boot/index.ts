import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { describe } from '@nx-linuxkit/errors';
import { boot, type BootOptions } from '@nx-linuxkit/machine';
import { wholeIdentity, type ShortIdentity } from '@nx-linuxkit/stages/plan';
import { copyLines } from './line-output.js';
import { pluginOptions } from '../open-workspace.js';
import { ensureMade } from './ensure-made.js';
import { machineOf } from './machine-of.js';
import { memoryWarning } from './memory-warning.js';

export type BootExecutorOptions = Omit<BootOptions, 'medium'> & {
  readonly os: ShortIdentity;
  readonly format: string;
};

/**
 * Nx takes a continuous task that no other task needs as done, whatever its exit code, unless that is one of a signal
 * (24.0): with a failure's own code `nx boot` would end with 0. This is the one of an interrupt.
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
    const os = wholeIdentity(short);
    const target = machineOf(os, format, context.root);
    await ensureMade(os, format, context);
    const settings = pluginOptions(context.nxJsonConfiguration);
    const warning = await memoryWarning(context.root, os, { ...target, ...options }, settings);
    if (warning) console.warn(warning);
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
