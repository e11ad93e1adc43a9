import { OciError, readAttestations, type Attestations } from '@nx-linuxkit/oci';
import { readAttested, type Attested } from '@nx-linuxkit/sbom';
import { StageError } from '../error.js';
import { fewAtATime } from '../few-at-a-time.js';
import { imageName } from '../image-name.js';
import type { Attachments } from './attachments.js';
import type { DescribedImage } from './described-image.js';

const SPDX = 'https://spdx.dev/Document';
/**
 * Bytes of all statements of a system, which are in memory at the same time, with ten times as many for what they hold. A
 * hundred images have some tens of MiB.
 */
const TOTAL_LIMIT = 128 << 20;

/**
 * Reads what is attached to the images of a system, by the ids of their nodes. Throws the `OciError` of a place that does not
 * give what an index names: a document without it would stay in a cache, and look complete. Throws StageError `bad-image` for
 * more than 128 MiB, before they are fetched. `hint` says what to do then.
 */
export async function attestedDocuments(
  images: readonly DescribedImage[],
  hint: string = WITHOUT,
): Promise<ReadonlyMap<string, Attachments>> {
  let total = 0;
  const reserve = (bytes: number): void => {
    total += bytes;
    if (total <= TOTAL_LIMIT) return;
    throw new StageError('bad-image', `the attestations of all images have more than ${TOTAL_LIMIT} bytes`, {
      hint,
    });
  };
  const read = async ([id, image]: readonly [string, DescribedImage]): Promise<[string, Attachments]> => [
    id,
    documentsOf(await readOne(image, reserve, hint), imageName(image.node.image)),
  ];
  // An index may be known at one place of an image and not at another.
  const attested = images.filter(({ index }) => index !== undefined);
  const once = new Map(attested.map((image) => [image.node.image.id, image]));
  return new Map(await fewAtATime([...once], read));
}

const WITHOUT =
  'Build without an SBOM: `--no-sbom` of the command, `"sbom": false` in the plugin\'s options.';

async function readOne(
  { node, image, index, attestations }: DescribedImage,
  reserve: (bytes: number) => void,
  without: string,
): Promise<Attestations> {
  if (index === undefined) return { attestations: [], problems: [] };
  const name = imageName(node.image);
  const wanted = { index, manifest: image.digest as typeof index, predicateType: SPDX, name, reserve };
  try {
    return await readAttestations(attestations, wanted);
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    const hint = [error.hint, without].filter(Boolean).join(' ');
    throw error.reworded(`the attestations of ${name}: ${error.message}`, { hint });
  }
}

function documentsOf({ attestations, problems }: Attestations, name: string): Attachments {
  const documents: Attested[] = [];
  const further: string[] = [];
  for (const { digest, predicate } of attestations) {
    const read = readAttested(predicate, digest);
    if ('document' in read) documents.push(read.document);
    else further.push(`attestation ${digest} of ${name} ${read.problem}`);
  }
  return { documents, problems: [...problems, ...further] };
}
