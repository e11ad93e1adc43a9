import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { bootTest, checkMachine, type BootTestOptions } from '@nx-linuxkit/machine';
import { nodesFolder, type ShortIdentity } from '@nx-linuxkit/stages/plan';
import { bootableSystem } from '../boot/bootable-system.js';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';

export type BootTestExecutorOptions = Omit<BootTestOptions, 'medium' | 'consoleLog'> & {
  readonly os: ShortIdentity;
  readonly format: string;
  readonly key?: string;
};

/** The default expectation: what LinuxKit's init, ours and a getty print. */
const GREETING = { regex: 'Welcome to|login:' };

/** Boots a format without a screen and checks that it comes up. Its output is the console's log. */
export default async function bootTestExecutor(
  given: BootTestExecutorOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(() => test(checkOptions<BootTestExecutorOptions>('boot-test', given, context), context));
}

async function test(
  { os: short, format, key: _key, ...options }: BootTestExecutorOptions,
  context: ExecutorContext,
): Promise<void> {
  checkMachine(options);
  const expectNothing = !options.expect?.length && !options.http?.length && !options.powerOff;
  const { os, target } = await bootableSystem(short, format, options, context);
  const { timings } = await bootTest({
    ...target,
    ...options,
    ...(expectNothing ? { expect: [GREETING] } : {}),
    consoleLog: join(context.root, nodesFolder(os.name), 'boot-test', format, 'console.log'),
  });
  for (const timing of timings) console.log(`boot-test ${os.name} ${format}: ${JSON.stringify(timing)}`);
}
