import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { bootTest, type BootTestOptions } from '@nx-linuxkit/machine';
import { nodesFolder, wholeIdentity, type ShortIdentity } from '@nx-linuxkit/stages/plan';
import { ensureMade } from '../boot/ensure-made.js';
import { machineOf } from '../boot/machine-of.js';
import { memoryWarning } from '../boot/memory-warning.js';
import { pluginOptions } from '../open-workspace.js';
import { reported } from '../report.js';

export type BootTestExecutorOptions = Omit<BootTestOptions, 'medium' | 'consoleLog'> & {
  readonly os: ShortIdentity;
  readonly format: string;
  readonly key?: string;
};

/** What LinuxKit's init, ours and a getty say; the default expectation. */
const GREETING = { regex: 'Welcome to|login:' };

/** Boots a format without a screen; its output is the console's log. */
export default async function bootTestExecutor(
  { os: short, format, key: _key, ...options }: BootTestExecutorOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const expectNothing = !options.expect?.length && !options.http?.length && !options.powerOff;
    const os = wholeIdentity(short);
    const target = machineOf(os, format, context.root);
    await ensureMade(os, format, context);
    const settings = pluginOptions(context.nxJsonConfiguration);
    const warning = await memoryWarning(context.root, os, { ...target, ...options }, settings);
    if (warning) console.warn(warning);
    const { timings } = await bootTest({
      ...target,
      ...options,
      ...(expectNothing ? { expect: [GREETING] } : {}),
      consoleLog: join(context.root, nodesFolder(os.name), 'boot-test', format, 'console.log'),
    });
    for (const timing of timings) console.log(`boot-test ${os.name} ${format}: ${JSON.stringify(timing)}`);
  });
}
