import { loadIntoDaemon, expandReference } from '@nx-linuxkit/oci';
import type { Environment } from '@nx-linuxkit/stages/standalone';
import { platformOf } from '../../../platform.js';
import type { Surroundings } from '../../../surroundings.js';
import type { PlannedBuild } from './planned-build.js';

/**
 * Loads the images of packages into the Docker daemon, as LinuxKit names them: `NAME:TAG-amd64`, and that of this machine's
 * architecture `NAME:TAG` as well.
 */
export async function loadIntoDocker(
  environment: Environment,
  builds: readonly PlannedBuild[],
  { log }: Surroundings,
): Promise<void> {
  const { Pipeline, exportImage, imageByName } = await import('@nx-linuxkit/stages/standalone');
  const own = platformOf(undefined);
  for (const { named, platforms } of builds) {
    const { reference } = named.name;
    for (const platform of platforms) {
      const image = await imageByName(environment, reference, { platform }, log);
      const full = expandReference(reference);
      const names = [`${full}-${platform.split('/')[1]}`, ...(platform === own ? [full] : [])];
      for (const name of names) {
        const pipeline = new Pipeline(environment);
        try {
          await loadIntoDaemon(exportImage(pipeline, { image, format: 'docker', name }, log), name);
        } finally {
          await pipeline.close();
        }
        log(`load ${name} into the Docker daemon`);
      }
    }
  }
}
