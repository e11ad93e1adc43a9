import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import { describe } from '@nx-linuxkit/errors';
import { shortIdentity, formats, type OsIdentity } from '@nx-linuxkit/stages/plan';
import { PLUGIN } from '../options.js';
import { buildTarget, lockTarget, osMetadata } from './os-node.js';
import { osOptions } from './os-options.js';
import type { SourceInputs } from './source-inputs.js';
import { NAMED_INPUT, NO_NPM_PACKAGE, stageInputs } from './target.js';

const OWN_TARGETS = ['build', 'boot', 'boot-test'] as const;

/**
 * An OS that cannot be read keeps its project and its targets, and each of them fails with what is wrong: an
 * exception in inference would stop every other project of the workspace too.
 */
export function invalidProject(os: OsIdentity, error: unknown): ProjectConfiguration {
  const target: TargetConfiguration = {
    executor: `${PLUGIN}:invalid`,
    cache: false,
    inputs: [NO_NPM_PACKAGE],
    options: { message: describe(error) },
    metadata: { technologies: ['linuxkit'], description: `${os.file} cannot be read` },
  };
  const names = [...OWN_TARGETS, 'lock', ...formats.map(({ name }) => name)];
  return {
    ...shell(os),
    targets: Object.fromEntries(names.map((name) => [name, target])),
  };
}

/**
 * An OS whose lock lacks an entry has no keys yet. The same target names run the whole pipeline as one
 * uncached task, which writes the lock as npm writes its own; the next build has the real graph.
 */
export function unlockedProject(
  os: OsIdentity,
  outputs: readonly string[],
  sources: SourceInputs,
): ProjectConfiguration {
  const whole = (wanted: readonly string[]): TargetConfiguration => ({
    executor: `${PLUGIN}:build`,
    cache: false,
    inputs: stageInputs([]),
    dependsOn: [...sources.dependsOn],
    options: { os: osOptions(os), formats: [...wanted] },
    metadata: {
      technologies: ['linuxkit'],
      description: `Lock ${os.file} and make ${wanted.join(', ')} in one task`,
    },
  });
  const boots = Object.fromEntries(
    (['boot', 'boot-test'] as const).map((kind) => [
      kind,
      {
        executor: `${PLUGIN}:${kind}`,
        cache: false,
        continuous: kind === 'boot',
        inputs: [NO_NPM_PACKAGE],
        dependsOn: ['kernel+initrd'],
        options: { os: shortIdentity(os), format: 'kernel+initrd' },
        metadata: { technologies: ['linuxkit', 'qemu'], description: `${kind} of ${os.name}` },
      },
    ]),
  );
  return {
    ...shell(os),
    targets: {
      build: { ...buildTarget(os, outputs), ...whole(outputs) },
      ...Object.fromEntries(formats.map(({ name }) => [name, whole([name])])),
      ...boots,
      lock: lockTarget(os),
    },
    namedInputs: { [NAMED_INPUT]: [...sources.files] },
  };
}

function shell(os: OsIdentity): ProjectConfiguration {
  return {
    name: os.name,
    root: os.root,
    projectType: 'application',
    tags: ['linuxkit:os'],
    namedInputs: { [NAMED_INPUT]: [] },
    metadata: osMetadata(os),
  };
}
