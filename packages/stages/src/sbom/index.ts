import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { spdxDocument, writeSpdx, type SbomImage } from '@nx-linuxkit/sbom';
import { DEFAULT_MTIME } from '@nx-linuxkit/tree';
import type { Context } from '../context.js';
import { bytes } from '../format-quantity.js';
import { generatedFile } from '../generated-inode.js';
import type { PlacedFile } from '../initramfs/files.js';
import type { OsPlan, SbomPlan } from '../plan/os-plan.js';
import { SBOM_FILE } from '../plan/sbom-plan.js';
import { HashedBytes, type SealedFile } from '../seal.js';
import type { Stage } from '../stage.js';
import { attestedDocuments } from './attested-documents.js';
import { describe, type DescribedImage } from './described-image.js';

/** What a system's bill of materials is made of. */
export interface SbomInput {
  readonly plan: OsPlan;
  /** One for each place of the plan. */
  readonly images: readonly DescribedImage[];
}

/** A system's bill of materials. */
export interface Sbom {
  /** The file that the root has. */
  readonly file: PlacedFile;
}

/** Joins what is known of all images into one SPDX document: what is attached to them, and the locks of packages. */
export const sbom: Stage<SbomInput, object, Sbom> = {
  name: 'sbom',
  subject: ({ plan }) => plan.name,
  folder: ({ plan }) => `${plan.nodes}/sbom/sbom`,
  key: ({ plan, images }) => [
    plan.keys.sbom,
    images.map(({ image, debian }) => [image.digest, debian ?? null]),
  ],

  async open({ plan }, { folder, seal }, context) {
    const sealed = seal.files[SBOM_FILE];
    const path = join(folder, SBOM_FILE);
    return (await holds(path, sealed)) ? { file: placed(plan, path, sealed, context) } : undefined;
  },

  async make({ plan, images }, out, context) {
    const attested = await attestedDocuments(images);
    const problems = [...new Set([...attested.values()].flatMap((one) => one.problems))];
    for (const problem of problems) context.log(`warning: ${problem}; the SBOM of ${plan.name} lacks it`);
    const described: SbomImage[] = images.map((image) => describe(image, attested.get(image.node.image.id)));
    const { created } = plan.sbom as SbomPlan;
    const document = spdxDocument({ images: described, created, epoch: DEFAULT_MTIME });
    const { size } = await out.stream(SBOM_FILE, inBytes(writeSpdx(document)));
    const packages = document.lists.packages.length;
    return {
      facts: {},
      summary: `${plan.name}: ${packages} packages, ${bytes(size)}`,
    };
  },
};

function placed(plan: OsPlan, path: string, { size, sha256 }: SealedFile, context: Context): PlacedFile {
  const source = context.file(path, { id: `sha256:${sha256}`, size });
  return {
    path: (plan.sbom as SbomPlan).path,
    inode: generatedFile({ source, offset: 0, size }),
  };
}

/** The file decides bytes and is read without another check, so it is hashed whenever it is found. */
async function holds(path: string, sealed: SealedFile | undefined): Promise<boolean> {
  const hashed = new HashedBytes(createReadStream(path));
  try {
    for await (const chunk of hashed) void chunk;
  } catch {
    return false;
  }
  const { size, sha256 } = hashed.sealed();
  return sealed?.size === size && sealed.sha256 === sha256;
}

async function* inBytes(texts: Iterable<string>): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}
