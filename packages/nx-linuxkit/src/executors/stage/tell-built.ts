import { posix } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import type { Log } from '@nx-linuxkit/stages';
import type { OsIdentity } from '@nx-linuxkit/stages/plan';
import { BUILD_SUMMARY, type BuildSummary } from '../../build-summary.js';

/** The options of the target `build` of a system. */
export interface BuildTask {
  readonly stage: 'build';
  readonly os: OsIdentity;
}

/**
 * Checks that the graph made every format, and says where they are. Throws StageError `unsupported` where it did not:
 * a `targetDefaults.build` in nx.json replaces the `dependsOn` of an inferred target, and then Nx has made nothing.
 * Every build with a change runs this, so it loads the plan and the pipeline only if it must.
 */
export async function tellBuilt({ os }: BuildTask, context: ExecutorContext, log: Log): Promise<void> {
  const { formats, unchecked, asksDocker } = await summaryOf(os, context);
  const tasks = Object.keys(context.taskGraph?.tasks ?? {});
  const missing = formats.filter((format) => !tasks.includes(`${os.name}:${format}`));
  if (missing.length > 0) {
    const { StageError } = await import('@nx-linuxkit/stages/plan');
    throw new StageError(
      'unsupported',
      `build of ${os.name} ran without its formats: ${missing.join(', ')}`,
      {
        hint: 'Run `nx g nx-linuxkit:init`: it keeps targetDefaults.build of nx.json from replacing dependsOn.',
      },
    );
  }
  for (const format of formats) log(`${format}: ${posix.join(os.dist, format)}`);
  if (unchecked.length > 0) log(`signatures were NOT verified for ${unchecked.join(', ')}`);
  if (!asksDocker) return;
  const { buildMovedImages } = await import('../build/whole.js');
  await buildMovedImages(os, context, log);
}

/**
 * The summary that inference made; read from the files where a user's configuration has replaced the target's
 * metadata.
 */
async function summaryOf(os: OsIdentity, context: ExecutorContext): Promise<BuildSummary> {
  const target = context.projectsConfigurations.projects[os.name]?.targets?.build;
  const summary = (target?.metadata as Record<string, unknown> | undefined)?.[BUILD_SUMMARY];
  if (summary) return summary as BuildSummary;
  const { readSummary } = await import('../build/whole.js');
  return readSummary(os, context);
}
