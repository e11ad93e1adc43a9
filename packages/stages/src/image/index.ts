import { join } from 'node:path';
import type { Architecture } from '@nx-linuxkit/debian';
import { parsePlatform } from '@nx-linuxkit/oci';
import type { Log } from '../environment.js';
import { configuredMirrors } from '../lock/package.js';
import { bytes, duration } from '../format-quantity.js';
import { readImageFacts, type ImageFacts } from '../image-facts.js';
import { readSeal, writeOutput } from '../output.js';
import type { Pipeline } from '../pipeline.js';
import { folderHash } from '../plan/folder-hash.js';
import { keyOf } from '../plan/key.js';
import type { ImageNode, PackageImage } from '../plan/os-plan.js';
import { stageVersion } from '../version.js';
import { IMAGE_ARCHIVE } from './archive.js';

/** Makes the image of a package: one OCI archive, whose bytes depend on nothing but the package's folder. */
export async function buildPackage(pipeline: Pipeline, image: ImageNode, log: Log): Promise<ImageFacts> {
  const { folder } = image.source as PackageImage;
  const output = pipeline.path(image.root, 'image');
  const key = keyOf([stageVersion('image'), folderHash(pipeline.path(folder)), image.platform]);
  const platform = parsePlatform(image.platform);
  if (!(await readSeal(output, key))) {
    const started = performance.now();
    await writeOutput(output, key, async (out) => {
      // Loaded here: most builds have no package to make.
      const { buildImage } = await import('@nx-linuxkit/debian');
      const built = await buildImage(pipeline.path(folder), {
        architecture: platform.architecture as Architecture,
        output: join(out.folder, IMAGE_ARCHIVE),
        store: pipeline.environment.store,
        mirrors: await configuredMirrors(pipeline.environment),
        relock: `nx lock ${image.id}`,
      });
      await out.adopt(IMAGE_ARCHIVE);
      log(`image ${folder}: ${built.digest.slice(7, 19)}, ${bytes(built.size)}, ${duration(started)}`);
      return { digest: built.digest };
    });
  }
  const { digest, manifest, config } = await (await pipeline.source(image)).resolve(platform);
  return readImageFacts(digest, manifest, config);
}
