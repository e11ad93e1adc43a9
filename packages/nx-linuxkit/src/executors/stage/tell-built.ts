import { posix } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import type { Log } from '@nx-linuxkit/stages';
import type { OsIdentity } from '@nx-linuxkit/stages/plan';
import { BUILD_FACTS, type BuildFacts } from '../../build-facts.js';

/** The target `build` of an OS, whose formats have tasks of their own. */
export interface BuildTask {
  readonly stage: 'build';
  readonly os: OsIdentity;
}

/**
 * Checks that the graph made every format, and says where they are. A `targetDefaults.build` in nx.json replaces the
 * `dependsOn` of an inferred target: then Nx comes here without having made anything, and success would be a lie.
 * Every build with a change comes this way, so it loads the plan and the pipeline only if it has to.
 */
export async function tellBuilt({ os }: BuildTask, context: ExecutorContext, log: Log): Promise<void> {
  const { formats, trusted, asksDocker } = await factsOf(os, context);
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
  if (!asksDocker) return;
  const { buildMovedImages } = await import('../build/whole.js');
  await buildMovedImages(os, context, log);
}

/** As inference found them; read again where a user's configuration has replaced the target's metadata. */
async function factsOf(os: OsIdentity, context: ExecutorContext): Promise<BuildFacts> {
  const target = context.projectsConfigurations.projects[os.name]?.targets?.build;
  const facts = (target?.metadata as Record<string, unknown> | undefined)?.[BUILD_FACTS];
  if (facts) return facts as BuildFacts;
  const { readFacts } = await import('../build/whole.js');
  return readFacts(os, context);
}
