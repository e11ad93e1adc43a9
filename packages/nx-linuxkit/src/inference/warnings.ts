import type { CreateNodesResult } from '@nx/devkit';
import { posix } from 'node:path';
import { BUILD_SUMMARY, type BuildSummary } from '../build-summary.js';

type Project = NonNullable<CreateNodesResult['projects']>[string];

/** What this process has printed, by workspace and text: a daemon infers again and again. */
const printed = new Set<string>();

/** What one pass over a workspace has to tell people, though it can go on. */
export class Warnings {
  private readonly all: { readonly text: string; readonly about?: string }[] = [];

  /** `about` is the OS file or the folder that the warning is about; default: every system. */
  add(text: string, about?: string): void {
    this.all.push({ text, about });
  }

  /**
   * Prints what this process has not printed yet about the workspace. A daemon prints into its own log, so builds say them too; see `withWarnings`.
   */
  async print(workspaceRoot: string): Promise<void> {
    if (this.all.length === 0) return;
    // Loaded here, because loading the devkit takes longer than all of inference.
    const { logger } = await import('@nx/devkit');
    for (const { text } of this.all) {
      const name = `${workspaceRoot}\0${text}`;
      if (!printed.has(name)) logger.warn(text);
      printed.add(name);
    }
  }

  /** The warnings about one OS file. */
  of(file: string): string[] {
    const mine = [undefined, file, posix.dirname(file)];
    return this.all.flatMap(({ text, about }) => (mine.includes(about) ? [text] : []));
  }
}

/** Makes the builds of the systems of one file say its warnings. `build` is the name of their target. */
export function withWarnings(
  [file, { projects = {} }]: [string, CreateNodesResult],
  warnings: Warnings,
  build: string,
): [string, CreateNodesResult] {
  const said = warnings.of(file);
  if (said.length === 0) return [file, { projects }];
  const all = Object.entries(projects).map(([root, project]) => [root, saying(project, said, build)]);
  return [file, { projects: Object.fromEntries(all) }];
}

/** The build is not cached then, because Nx would show the warnings of another time. */
function saying(project: Project, warnings: readonly string[], build: string): Project {
  const target = project.targets?.[build];
  const metadata = target?.metadata as Record<string, unknown> | undefined;
  if (target?.options?.os === undefined) return project;
  const summary = metadata?.[BUILD_SUMMARY] as BuildSummary | undefined;
  const said = {
    ...target,
    cache: false,
    metadata: { ...metadata, [BUILD_SUMMARY]: { ...summary, warnings } },
  };
  return { ...project, targets: { ...project.targets, [build]: said } };
}
