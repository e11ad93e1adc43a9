import { DockerfileError } from '../error.js';
import type { ContainerConfig } from '../evaluate/container-config.js';
import type { BaseImage } from '../image/base-image.js';
import type { BuildPlan } from '../plan/plan.js';

/** The container's config of a base image. Throws DockerfileError `unsupported` for one with ONBUILD triggers. */
export function configOf(
  { dockerfile }: BuildPlan,
  reference: string,
  image: BaseImage,
): ContainerConfig | undefined {
  const config = image.config.config as (ContainerConfig & { OnBuild?: readonly string[] }) | undefined;
  if (!config?.OnBuild?.length) return config;
  throw new DockerfileError('unsupported', `${reference} has ONBUILD triggers, which are not supported`, {
    where: { file: dockerfile.file },
    hint: 'Write these instructions into the Dockerfile, on top of an image without them.',
  });
}
