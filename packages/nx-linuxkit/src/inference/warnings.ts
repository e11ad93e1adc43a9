import type { ProjectConfiguration } from '@nx/devkit';
import { posix } from 'node:path';
import { BUILD_SUMMARY, type BuildSummary } from '../build-summary.js';

/** What one pass over a workspace has to tell people, though it can go on. */
export class Warnings {
  private readonly all: { readonly text: string; readonly about?: string }[] = [];

  /** `about` is the OS file or the folder that the warning is about; default: every system. */
  add(text: string, about?: string): void {
    this.all.push({ text, about });
  }

  /**
   * Prints all. A daemon prints into its own log, so builds say them too; see `withWarnings`.
   */
  async print(): Promise<void> {
    if (this.all.length === 0) return;
    // Loaded here, because loading the devkit takes longer than all of inference.
    const { logger } = await import('@nx/devkit');
    for (const { text } of this.all) logger.warn(text);
  }

  /** The warnings about one OS file. */
  of(file: string): string[] {
    const mine = [undefined, file, posix.dirname(file)];
    return this.all.flatMap(({ text, about }) => (mine.includes(about) ? [text] : []));
  }
}

/** Makes a system's build say its warnings. It is not cached then, because Nx would show those of another time. */
export function withWarnings(
  project: ProjectConfiguration,
  warnings: readonly string[],
  build: string,
): ProjectConfiguration {
  const target = project.targets?.[build];
  const metadata = target?.metadata as Record<string, unknown> | undefined;
  const summary = metadata?.[BUILD_SUMMARY] as BuildSummary | undefined;
  if (warnings.length === 0 || !target || !summary) return project;
  const said = {
    ...target,
    cache: false,
    metadata: { ...metadata, [BUILD_SUMMARY]: { ...summary, warnings } },
  };
  return { ...project, targets: { ...project.targets, [build]: said } };
}
