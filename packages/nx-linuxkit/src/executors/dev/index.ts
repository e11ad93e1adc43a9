import type { ExecutorContext } from '@nx/devkit';
import { describe } from '@nx-linuxkit/errors';
import { checkMachine, type BootOptions, type Interrupt } from '@nx-linuxkit/machine';
import { wholeIdentity, type ShortIdentity } from '@nx-linuxkit/stages/plan';
import { failCommand, succeeded } from '../boot/end-of-boot.js';
import { checkOptions } from '../options/check-options.js';
import { DevLoop } from './dev-loop.js';

export type DevOptions = Omit<BootOptions, 'medium'> & {
  /** Set by inference: the system. */
  readonly os: ShortIdentity;
  /** What Ctrl-C does. Default `end`. */
  readonly interrupt?: Interrupt;
};

/**
 * Boots a system and keeps the guest as the system's files are, until the guest powers off or the task is stopped: replaces the
 * services that have changed where nothing else has, or boots again.
 */
export default async function* devExecutor(
  given: DevOptions,
  context: ExecutorContext,
): AsyncGenerator<{ success: boolean }> {
  try {
    const { os, interrupt = 'end', ...options } = checkOptions<DevOptions>('dev', given, context);
    checkMachine(options);
    const loop = await DevLoop.start(wholeIdentity(os), { interrupt, ...options }, context);
    yield { success: true };
    const { exit, left } = await loop.untilEnded();
    yield { success: succeeded(exit, left) };
  } catch (error) {
    console.error(describe(error));
    failCommand();
    yield { success: false };
  }
}
