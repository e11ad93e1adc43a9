import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { bootTest, checkMachine, type BootTestOptions } from '@nx-linuxkit/machine';
import { nodesFolder } from '@nx-linuxkit/stages/plan';
import type { BootedSystem } from '../boot/bootable.js';
import { prepareBoot } from '../boot/prepare-boot.js';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';

export type BootTestExecutorOptions = Omit<BootTestOptions, 'medium' | 'consoleLog'> &
  BootedSystem & { readonly key?: string };

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
  { os, system, format, key: _key, ...options }: BootTestExecutorOptions,
  context: ExecutorContext,
): Promise<void> {
  checkMachine(options);
  const expectNothing = !options.expect?.length && !options.http?.length && !options.powerOff;
  const booted = await prepareBoot({ os, system, format }, options, context);
  const { name, project, folder, target } = booted;
  const { timings } = await bootTest({
    ...target,
    ...options,
    ...(expectNothing ? { expect: [GREETING] } : {}),
    consoleLog: join(context.root, nodesFolder(project), 'boot-test', folder, 'console.log'),
  });
  for (const timing of timings)
    console.log(`boot-test ${[name, format].filter((part) => part).join(' ')}: ${JSON.stringify(timing)}`);
}
