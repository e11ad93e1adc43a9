import { DockerfileError } from '../error.js';
import { whereOf } from '../parse/dockerfile.js';
import type { Instruction } from '../parse/instruction.js';
import type { BuildPlan } from '../plan/plan.js';
import { findBuildah } from './buildah.js';
import type { Builder, FindBuilder } from './builder.js';
import { findBuildkit } from './buildkit.js';
import { findBuildx } from './buildx.js';
import { findDocker } from './docker.js';
import { BUILDER_VARIABLE, builderNames, type BuilderName } from './names.js';
import { newerForms, type NewerForm } from './newer-forms.js';

const FIND: Readonly<Record<BuilderName, FindBuilder>> = {
  buildkit: findBuildkit,
  buildx: findBuildx,
  buildah: findBuildah('buildah'),
  podman: findBuildah('podman'),
  docker: findDocker,
};

/**
 * The first builder that is there and can build the Dockerfile, in the order of `builderNames`, or the one that is named.
 * Throws DockerfileError `no-builder`, which says of each what is missing.
 */
export async function findBuilder(named?: string, plan?: BuildPlan): Promise<Builder> {
  if (named !== undefined && !builderNames.includes(named as BuilderName)) {
    throw new DockerfileError(
      'no-builder',
      `expected a builder of ${builderNames.join(', ')}, got ${JSON.stringify(named)}`,
      {
        hint: `Correct the plugin option \`packages.builder\`, or ${BUILDER_VARIABLE}.`,
      },
    );
  }
  const forms = plan ? newerForms(plan) : new Map<NewerForm, Instruction>();
  const missing: string[] = [];
  let unknown: Instruction | undefined;
  for (const name of named ? [named as BuilderName] : builderNames) {
    const found = await FIND[name]();
    if (typeof found === 'string') {
      missing.push(`${name}: ${found}`);
      continue;
    }
    const [form, instruction] = [...forms].find(([newer]) => !found.knows(newer)) ?? [];
    if (form === undefined) return found;
    missing.push(`${name}: it does not know ${form}`);
    unknown ??= instruction;
  }
  throw new DockerfileError('no-builder', `RUN needs a builder, and there is none: ${missing.join('; ')}`, {
    ...(plan && unknown && { where: whereOf(plan.dockerfile, unknown) }),
    hint: unknown
      ? 'Set BUILDKIT_HOST, or put what is copied into a package without RUN, and name that in FROM or COPY --from.'
      : 'Install buildah, or set DOCKER_HOST to a Docker daemon.',
  });
}
