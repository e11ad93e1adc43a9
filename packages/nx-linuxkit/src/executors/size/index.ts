import { resolve } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { wholeIdentity, type ShortIdentity } from '@nx-linuxkit/stages/plan';
import { openWorkspace } from '../open-workspace.js';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';
import { writeJson } from '../write-json.js';

export interface SizeOptions {
  /** Set by inference: the system. */
  readonly os: ShortIdentity;
  /** The most that the initrd may have, such as `50MB`. */
  readonly budget?: string;
  /** A file to write as JSON, relative to the folder where Nx was started. */
  readonly outputFile?: string;
  /** A file that an earlier run wrote: says what has changed since. */
  readonly since?: string;
}

const HINT = 'Write the file with `--output-file` in an earlier run of this target.';

/** Says what the initrd of a system is made of. Fails where it is larger than the budget, after it has said so. */
export default async function sizeExecutor(
  given: SizeOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const { os, budget, outputFile, since } = checkOptions<SizeOptions>('size', given, context);
    const { checkBudget, compareSizes, readBudget, readMeasurement, sizeLines, systemSize } =
      await import('@nx-linuxkit/stages/size');
    const most = budget === undefined ? undefined : readBudget(budget);
    const before =
      since === undefined ? undefined : readMeasurement(resolve(context.cwd, since), since, HINT);
    const size = await systemSize(await openWorkspace(context), wholeIdentity(os), console.error);
    for (const line of sizeLines(size, before && compareSizes(before, size))) console.log(line);
    if (outputFile !== undefined) await writeJson(resolve(context.cwd, outputFile), size, outputFile);
    if (most !== undefined) checkBudget(size, most);
  });
}
