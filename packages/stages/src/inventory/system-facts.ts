import type { FoundPackage, SbomFacts, SbomImage } from '@nx-linuxkit/sbom';
import { DEFAULT_MTIME } from '@nx-linuxkit/tree';
import type { Log } from '../environment.js';
import { imageName } from '../image-name.js';
import type { Pipeline } from '../pipeline.js';
import type { ImageNode } from '../plan/image-node.js';
import type { OsPlan } from '../plan/os-plan.js';
import { attestedDocuments } from '../sbom/attested-documents.js';
import { describe } from '../sbom/described-image.js';
import { foundPackages } from './found-packages.js';

/**
 * Gathers all that is known of the images of a system: what is attached to them, what locks pin, and what files in them name. Makes
 * images that are not there yet. Throws the Fault of a stage that failed.
 */
export async function systemFacts(pipeline: Pipeline, plan: OsPlan, log: Log): Promise<SbomFacts> {
  const described = await pipeline.described(plan, log);
  const attested = await attestedDocuments(described, COPY_WHOLE);
  const problems = new Set([...attested.values()].flatMap((one) => one.problems));
  for (const problem of problems) log(`warning: ${problem}; its packages are not listed`);
  const found = await foundByImage(
    pipeline,
    described.map(({ node }) => node.image),
    log,
  );
  const images = described.map((one): SbomImage => {
    const { id } = one.node.image;
    return { ...describe(one, attested.get(id)), found: found.get(id) ?? [] };
  });
  const { created } = plan.sbom ?? {};
  return { images, ...(created !== undefined && { created }), epoch: DEFAULT_MTIME };
}

const COPY_WHOLE =
  'Copy images whole, with `crane copy` or `skopeo copy --all`, so that what is attached to them comes along.';

/** The packages that files in images name, by the node of the image. Reads each image once, one after the other, so that the tree of only one is in memory. */
export async function foundByImage(
  pipeline: Pipeline,
  images: readonly ImageNode[],
  log: Log,
): Promise<ReadonlyMap<string, readonly FoundPackage[]>> {
  const found = new Map<string, readonly FoundPackage[]>();
  for (const image of images) {
    if (found.has(image.id)) continue;
    const tree = await pipeline.image(image, log).tree();
    found.set(image.id, await foundPackages(tree, imageName(image), log));
  }
  return found;
}
