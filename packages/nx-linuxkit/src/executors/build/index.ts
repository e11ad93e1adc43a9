import { posix } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import type { OsIdentity } from '@nx-linuxkit/stages/plan';
import { BUILD_FACTS, type BuildFacts } from '../../build-facts.js';
import { reported } from '../report.js';

export interface BuildOptions {
  /**
   * The OS file, relative to the workspace: for a target written by hand. Of several the last one gives the
   * name and the folder; they are merged in order, as LinuxKit merges.
   */
  readonly file?: string | readonly string[];
  readonly platform?: string;
  /** Formats to make in this one task; default: those that the YAML declares. */
  readonly formats?: readonly string[];
  /** Set by inference. */
  readonly os?: OsIdentity;
  /** Set by inference: the formats have tasks of their own, which ran before this one. */
  readonly graph?: boolean;
}

/** Checks that the graph made every format; without a graph, runs the whole pipeline as one task. */
export default async function buildExecutor(
  options: BuildOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    if (options.graph) return checkBuilt(options.os as OsIdentity, context);
    const { buildWhole } = await import('./whole.js');
    await buildWhole(options, context);
  });
}

/**
 * A `targetDefaults.build` in nx.json replaces the `dependsOn` of an inferred target: then Nx comes here
 * without having made anything, and success would be a lie. Every build with a change comes this way, so it loads
 * the plan and the pipeline only if it has to.
 */
async function checkBuilt(os: OsIdentity, context: ExecutorContext): Promise<void> {
  const { formats, trusted, asksDocker } = await factsOf(os, context);
  const tasks = Object.keys(context.taskGraph?.tasks ?? {});
  const missing = formats.filter((format) => !tasks.some((id) => id === `${os.name}:${format}`));
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
  for (const format of formats) console.log(`${format}: ${posix.join(os.dist, format)}`);
  if (trusted.length > 0)
    console.log(`signatures were NOT verified, though \`trust\` names ${trusted.join(', ')}`);
  if (!asksDocker) return;
  const { buildMovedImages } = await import('./whole.js');
  await buildMovedImages(os, context);
}

/** As inference found them; read again where a user's configuration has replaced the target's metadata. */
async function factsOf(os: OsIdentity, context: ExecutorContext): Promise<BuildFacts> {
  const target = context.projectsConfigurations.projects[os.name]?.targets?.build;
  const facts = (target?.metadata as Record<string, unknown> | undefined)?.[BUILD_FACTS];
  if (facts) return facts as BuildFacts;
  const { readFacts } = await import('./whole.js');
  return readFacts(os, context);
}
