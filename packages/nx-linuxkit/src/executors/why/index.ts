import { resolve } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { targetName, wholeIdentity, type ShortIdentity } from '@nx-linuxkit/stages/plan';
import { openWorkspace, pluginOptions } from '../open-workspace.js';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';
import { writeJson } from '../write-json.js';

export interface WhyOptions {
  /** Set by inference: the system. */
  readonly os: ShortIdentity;
  /** A file to write as JSON, relative to the folder where Nx was started. */
  readonly outputFile?: string;
}

/** Says why the last build of a system that made something had to make it. Builds nothing. */
export default async function whyExecutor(
  given: WhyOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const { os, outputFile } = checkOptions<WhyOptions>('why', given, context);
    const { whyBuilt, whyLines } = await import('@nx-linuxkit/stages/why');
    const { name } = wholeIdentity(os);
    const naming = pluginOptions(context.nxJsonConfiguration);
    const command = `nx ${targetName('build', naming)} ${name}`;
    const why = await whyBuilt(await openWorkspace(context), name, command);
    for (const line of whyLines(why, naming)) console.log(line);
    if (outputFile !== undefined) await writeJson(resolve(context.cwd, outputFile), why, outputFile);
  });
}
