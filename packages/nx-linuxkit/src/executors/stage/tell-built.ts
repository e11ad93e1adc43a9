import { posix } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import type { Log } from '@nx-linuxkit/stages';
import type { OsIdentity } from '@nx-linuxkit/stages/plan';
import { VERIFY_RUN } from '../../verify-run.js';
import { BUILD_SUMMARY, type BuildSummary } from '../../build-summary.js';

/** The options of the target `build` of a system. */
export interface BuildTask {
  readonly stage: 'build';
  readonly os: OsIdentity;
  /** Builds a second time without any cache and compares the bytes with `dist`. */
  readonly verify?: boolean;
}

/**
 * Checks that the graph made every format, and says where they are. Throws StageError `unsupported` where it did not:
 * a `targetDefaults.build` in nx.json replaces the `dependsOn` of an inferred target, and then Nx has made nothing.
 * Every build with a change runs this, so it loads the plan and the pipeline only if it must.
 */
export async function tellBuilt(
  { os, verify }: BuildTask,
  context: ExecutorContext,
  log: Log,
): Promise<void> {
  const { formats, trusted, asksDocker } = await summaryOf(os, context);
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
  if (trusted.length > 0) log(`signatures were NOT verified, though \`trust\` names ${trusted.join(', ')}`);
  if (asksDocker) {
    const { buildMovedImages } = await import('../build/whole.js');
    await buildMovedImages(os, context, log);
  }
  if (!verify) return;
  await refuseCachedVerdict(os, context);
  const { verifyBuild } = await import('../build/whole.js');
  await verifyBuild(os, context, log);
}

/**
 * Refuses a run whose success Nx could store under a hash that a later run has too: that run would be answered by a cache.
 * Nx stores no failure.
 */
async function refuseCachedVerdict(os: OsIdentity, context: ExecutorContext): Promise<void> {
  const { cache, inputs = [] } = context.projectsConfigurations.projects[os.name]?.targets?.build ?? {};
  const named = inputs.some(
    (input) => typeof input === 'object' && 'env' in input && input.env === VERIFY_RUN,
  );
  if (cache === false || (named && process.env[VERIFY_RUN])) return;
  const { StageError } = await import('@nx-linuxkit/stages/plan');
  throw new StageError(
    'unsupported',
    named
      ? '`verify` is an option of the command line, not of a configuration: a cache would answer it'
      : `the inputs of build of ${os.name} were replaced, so that a cache could answer a run with --verify`,
    {
      hint: named
        ? `Run \`nx build ${os.name} --verify\`.`
        : 'Run `nx g nx-linuxkit:init`: it keeps targetDefaults.build of nx.json from replacing inputs.',
    },
  );
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
