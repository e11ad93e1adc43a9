import type { Context } from '../context.js';
import { imageName } from '../image-name.js';
import { imageFolder } from '../image/made-image.js';
import { readPackageFiles } from '../image/package-files.js';
import type { OciImage } from '../layers/oci-image.js';
import type { OsPlan } from '../plan/os-plan.js';
import { rootPath } from '../segment/placed-image.js';
import type { MadePackages } from './installed-packages.js';

/** The Debian packages of the images of a system that are made here, at the places of the images. `images` are by node. */
export async function madePackages(
  { segments }: Pick<OsPlan, 'segments'>,
  images: ReadonlyMap<string, OciImage>,
  { outputPath }: Pick<Context, 'outputPath'>,
): Promise<MadePackages[]> {
  const made = segments.filter(({ image }) => image.source.kind === 'package' && !image.source.dockerfile);
  return Promise.all(
    made.map(async ({ reference, image, plan }) => ({
      reference,
      place: rootPath(plan, (images.get(image.id) as OciImage).config, imageName(image)),
      packages: await readPackageFiles(outputPath(imageFolder(image))),
    })),
  );
}
