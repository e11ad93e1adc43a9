import { DockerfileError } from '../error.js';
import { findBuildah } from './buildah.js';
import type { Builder, FindBuilder } from './builder.js';
import { findDocker } from './docker.js';
import { builderNames, type BuilderName } from './names.js';

const FIND: Readonly<Record<BuilderName, FindBuilder>> = {
  buildah: findBuildah('buildah'),
  podman: findBuildah('podman'),
  docker: findDocker,
};

/**
 * The first builder that is there, in the order of `builderNames`, or the one that is named. Throws DockerfileError
 * `no-builder`, which says of each what is missing.
 */
export async function findBuilder(named?: string): Promise<Builder> {
  if (named !== undefined && !builderNames.includes(named as BuilderName)) {
    throw new DockerfileError(
      'no-builder',
      `expected a builder of ${builderNames.join(', ')}, got ${JSON.stringify(named)}`,
      {
        hint: 'Correct the plugin option `packages.builder`, or NX_LINUXKIT_BUILDER.',
      },
    );
  }
  const missing: string[] = [];
  for (const name of named ? [named as BuilderName] : builderNames) {
    const found = await FIND[name]();
    if (typeof found !== 'string') return found;
    missing.push(`${name}: ${found}`);
  }
  throw new DockerfileError('no-builder', `RUN needs a builder, and there is none: ${missing.join('; ')}`, {
    hint: 'Install buildah, or set DOCKER_HOST to a Docker daemon.',
  });
}
