import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import type { Log } from '@nx-linuxkit/stages';
import type { OsIdentity, PrivilegedImage } from '@nx-linuxkit/stages/plan';
import { BUILD_SUMMARY, type BuildSummary } from '../../build-summary.js';
import { pluginOptions } from '../open-workspace.js';

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
 * Every build with a change runs this, so it loads the plan and the pipeline only if it must. `news` says what the build has made.
 */
export async function tellBuilt(
  { os, verify }: BuildTask,
  context: ExecutorContext,
  log: Log,
  news: () => Promise<string[]>,
): Promise<void> {
  const { formats, targets, warnings = [], unchecked, privileged, asksDocker } = await summaryOf(os, context);
  const tasks = Object.keys(context.taskGraph?.tasks ?? {});
  const missing = formats.filter((_, i) => !tasks.includes(`${os.name}:${targets[i]}`));
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
  if (pluginOptions(context.nxJsonConfiguration).trustedCache === false) {
    const { refuseCachedFormats } = await import('../refuse-cache.js');
    refuseCachedFormats(os.name, targets, targetsOf(os, context));
  }
  for (const warning of warnings) log(`warning: ${warning}`);
  for (const format of formats) log(`${format}: ${posix.join(os.dist, format)}`);
  for (const line of await news()) log(line);
  if (unchecked.length > 0) log(`signatures were NOT verified for ${unchecked.join(', ')}`);
  for (const line of await reportOf(privileged, os, context, log)) log(line);
  if (asksDocker) {
    const { buildMovedImages } = await import('../build/whole.js');
    await buildMovedImages(os, context, log);
  }
  if (!verify) return;
  const { refuseCachedVerdict } = await import('../refuse-cache.js');
  const { targetName } = await import('@nx-linuxkit/stages/plan');
  const command = `nx ${targetName('build', pluginOptions(context.nxJsonConfiguration))} ${os.name}`;
  refuseCachedVerdict(os.name, buildTargetOf(os, context), command);
  const { verifyBuild } = await import('../build/whole.js');
  await verifyBuild(os, context, log);
}

/** The lines about images whose labels ask for control over the machine. Most systems have none, and load no plan. */
async function reportOf(file: string, os: OsIdentity, context: ExecutorContext, log: Log): Promise<string[]> {
  const images = await readImages(join(context.root, file));
  if (!images) {
    const { reportAgain } = await import('../build/whole.js');
    return reportAgain(os, context, log);
  }
  if (images.length === 0) return [];
  const { privilegeReport } = await import('@nx-linuxkit/stages/plan');
  return privilegeReport(images, os.name, pluginOptions(context.nxJsonConfiguration));
}

/** The list of privileged images; undefined where the file is damaged or gone. */
async function readImages(path: string): Promise<PrivilegedImage[] | undefined> {
  try {
    const images: unknown = JSON.parse(await readFile(path, 'utf8'));
    return Array.isArray(images) ? images : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The summary that inference made; read from the files where a user's configuration has replaced the target's
 * metadata.
 */
async function summaryOf(os: OsIdentity, context: ExecutorContext): Promise<BuildSummary> {
  const { metadata } = buildTargetOf(os, context) ?? {};
  const summary = (metadata as Record<string, unknown> | undefined)?.[BUILD_SUMMARY];
  if (summary) return summary as BuildSummary;
  const { readSummary } = await import('../build/whole.js');
  return readSummary(os, context);
}

/** The target that runs this code, whatever it is called: loading the plan for its name would take longer. */
function buildTargetOf(os: OsIdentity, context: ExecutorContext) {
  const stage: BuildTask['stage'] = 'build';
  return Object.values(targetsOf(os, context)).find(({ options }) => options?.stage === stage);
}

function targetsOf({ name }: OsIdentity, { projectsConfigurations }: ExecutorContext) {
  return projectsConfigurations.projects[name]?.targets ?? {};
}
