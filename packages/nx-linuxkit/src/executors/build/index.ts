import type { ExecutorContext } from '@nx/devkit';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';
import type { BuildOptions } from './build-options.js';

/** Runs the whole pipeline as one task. */
export default async function buildExecutor(
  given: BuildOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const options = checkOptions<BuildOptions>('build', given, context);
    if (options.uncached !== undefined) console.log(`not cached: ${options.uncached}`);
    const { buildWhole } = await import('./whole.js');
    await buildWhole(options, context);
  });
}
