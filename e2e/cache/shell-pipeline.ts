import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../workspace/packed.js';
import { runProcess } from '../workspace/nx-run.js';
import type { Workspace } from '../workspace/workspace.js';

/** The shell pipeline of the guide, as users copy it. */
export const shellPipeline = (): string => pipelineOf('pipeline');

/** A block of the guide: `pipeline`, `github` or `gitlab`. */
export function pipelineOf(name: string): string {
  const guide = readFileSync(join(REPOSITORY, 'docs/guide/ci-and-caching.md'), 'utf8');
  const block = new RegExp(`<!-- begin ${name} -->\\s*\`\`\`\\w+\\n([^]*?)\`\`\``).exec(guide)?.[1];
  if (block === undefined) throw new Error(`the guide has no block ${name}`);
  return block;
}

/** Milliseconds. A pipeline installs packages, builds, and boots; a busy machine takes four minutes for the first alone. */
const TIME_LIMIT = 800_000;

/** What one run of a pipeline did. */
export interface PipelineRun {
  readonly code: number | null;
  readonly output: string;
  /** Tasks that were asked for, and those of them that the cache had, over all commands. */
  readonly asked: number;
  readonly restored: number;
}

/** Runs a script in a clone, as a machine with nothing but the clone: its home and its caches are its own. */
export async function runPipeline(
  clone: Workspace,
  script: string,
  variables: Readonly<Record<string, string>>,
): Promise<PipelineRun> {
  const home = `${clone.dir}-home`;
  mkdirSync(home, { recursive: true });
  const env = { ...clone.env, HOME: home, ...variables };
  const { code, output } = await runProcess('sh', ['-c', script], {
    cwd: clone.dir,
    env,
    timeLimit: TIME_LIMIT,
  });
  const lines = [...output.matchAll(/^nx-linuxkit-cache: (\d+) of (\d+) restored/gm)];
  const sum = (group: number) => lines.reduce((total, line) => total + Number(line[group]), 0);
  return { code, output, restored: sum(1), asked: sum(2) };
}
