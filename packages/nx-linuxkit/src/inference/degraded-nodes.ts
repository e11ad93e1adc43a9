import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import { describe } from '@nx-linuxkit/errors';
import { formatNames } from '@nx-linuxkit/formats';
import {
  formatTargetName,
  shortIdentity,
  targetName,
  type OsIdentity,
  type TargetNaming,
} from '@nx-linuxkit/stages/plan';
import { PLUGIN } from '../options.js';
import { QUICKEST, devTarget } from './boot-targets.js';
import { buildTarget, lockTarget, osMetadata, pushTarget } from './os-node.js';
import { osOptions } from './os-options.js';
import { reportKinds, reportTargets } from './report-targets.js';
import type { SourceInputs } from './source-inputs.js';
import { withoutTokens } from './watch/usable-name.js';
import { NAMED_INPUT, NO_NPM_PACKAGE, stageInputs, uncached } from './target.js';

const OWN_TARGETS = ['build', 'boot', 'boot-test', 'dev', ...reportKinds, 'lock', 'push-os'] as const;

/**
 * The project of an OS file that cannot be read. It keeps its targets, and each fails with what is wrong, because an
 * exception in inference would stop every other project of the workspace too.
 */
export function invalidProject(os: OsIdentity, error: unknown, naming: TargetNaming): ProjectConfiguration {
  const target: TargetConfiguration = {
    executor: `${PLUGIN}:invalid`,
    cache: false,
    inputs: [NO_NPM_PACKAGE],
    options: { message: withoutTokens(describe(error)) },
    metadata: { technologies: ['linuxkit'], description: `${os.file} cannot be read` },
  };
  const names = [
    ...OWN_TARGETS.map((kind) => targetName(kind, naming)),
    ...formatNames.map((format) => formatTargetName(format, naming)),
  ];
  return {
    ...shell(os, naming),
    targets: Object.fromEntries(names.map((name) => [name, target])),
  };
}

/**
 * The project of a system without keys, because its lock lacks an entry or because Nx cannot watch what the keys are
 * made of, which is `unwatched`. The same target names run the whole pipeline as one uncached task. It writes the lock
 * as npm writes its own; the next build has the real graph.
 */
export function wholeProject(
  os: OsIdentity,
  outputs: readonly string[],
  sources: SourceInputs,
  naming: TargetNaming,
  unwatched?: string,
): ProjectConfiguration {
  const whole = (wanted: readonly string[]): TargetConfiguration => ({
    executor: `${PLUGIN}:build`,
    cache: false,
    inputs: stageInputs([]),
    dependsOn: [...sources.dependsOn],
    options: { os: osOptions(os), formats: [...wanted], ...uncached(unwatched) },
    metadata: {
      technologies: ['linuxkit'],
      description: `Lock ${os.file} and make ${wanted.join(', ')} in one task`,
    },
  });
  const boots = Object.fromEntries(
    (['boot', 'boot-test'] as const).map((kind) => [
      targetName(kind, naming),
      {
        executor: `${PLUGIN}:${kind}`,
        cache: false,
        continuous: kind === 'boot',
        inputs: [NO_NPM_PACKAGE],
        dependsOn: [formatTargetName(QUICKEST, naming)],
        options: { os: shortIdentity(os), format: QUICKEST },
        metadata: { technologies: ['linuxkit', 'qemu'], description: `${kind} of ${os.name}` },
      },
    ]),
  );
  return {
    ...shell(os, naming),
    targets: {
      [targetName('build', naming)]: { ...buildTarget(os, outputs, naming), ...whole(outputs) },
      ...Object.fromEntries(formatNames.map((name) => [formatTargetName(name, naming), whole([name])])),
      ...boots,
      [targetName('dev', naming)]: devTarget(os, naming),
      ...reportTargets(os, naming, formatTargetName(QUICKEST, naming)),
      [targetName('lock', naming)]: lockTarget(os, naming),
      [targetName('push-os', naming)]: pushTarget(os, naming),
    },
    namedInputs: { [NAMED_INPUT]: [...sources.files] },
  };
}

function shell(os: OsIdentity, naming: TargetNaming): ProjectConfiguration {
  return {
    name: os.name,
    root: os.root,
    projectType: 'application',
    tags: ['linuxkit:os'],
    namedInputs: { [NAMED_INPUT]: [] },
    metadata: osMetadata(os, naming),
  };
}
