import type { TargetConfiguration } from '@nx/devkit';
import { StageError } from '@nx-linuxkit/stages/plan';
import { VERIFY_RUN } from '../verify-run.js';

/**
 * Refuses `verify` in a run whose success Nx would store under a hash that a later run has too: a cache would answer that
 * one. Nx stores no failure. `command` builds the system, for hints. Throws StageError `unsupported`.
 */
export function refuseCachedVerdict(
  project: string,
  { cache, inputs = [] }: Pick<TargetConfiguration, 'cache' | 'inputs'> = {},
  command: string,
): void {
  if (cache !== true) return;
  const isInput = inputs.some(
    (input) => typeof input === 'object' && 'env' in input && input.env === VERIFY_RUN,
  );
  if (!isInput) {
    throw new StageError(
      'unsupported',
      `the inputs of build of ${project} were replaced, so that a cache could answer a run with --verify`,
      {
        hint: 'Run `nx g nx-linuxkit:init`: it keeps targetDefaults.build of nx.json from replacing them.',
      },
    );
  }
  if (process.env[VERIFY_RUN]) return;
  throw new StageError(
    'unsupported',
    'a cache could answer this run: `verify` is an option of the command line, without Nx’s daemon',
    { hint: `Run \`NX_DAEMON=false ${command} --verify\`.` },
  );
}

/** Throws StageError `unsupported` for a format's target that a user's configuration caches in spite of `trustedCache: false`. */
export function refuseCachedFormats(
  project: string,
  names: readonly string[],
  targets: Readonly<Record<string, Pick<TargetConfiguration, 'cache'>>>,
): void {
  const cached = names.filter((name) => targets[name]?.cache === true);
  if (cached.length === 0) return;
  throw new StageError(
    'unsupported',
    `Nx caches ${cached.join(', ')} of ${project}, though nx.json has trustedCache: false`,
    { hint: 'Remove `cache: true` of these targets from targetDefaults in nx.json and from project.json.' },
  );
}
