import type { ExecutorContext } from '@nx/devkit';
import { warningsOf } from '../../build-summary.js';
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
    for (const warning of warningsOf(context.target)) console.log(`warning: ${warning}`);
    if (options.uncached !== undefined) console.log(`not cached: ${options.uncached}`);
    if (options.system !== undefined) {
      const { convert } = await import('./convert.js');
      return convert(options, options.system, context);
    }
    const { buildWhole } = await import('./whole.js');
    await buildWhole(options, context);
  });
}
