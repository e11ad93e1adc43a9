import { parseDocument, digestOf, type Descriptor, type Digest } from '@nx-linuxkit/oci';
import type { Repository } from '@nx-linuxkit/oci/registry';
import { CommandError } from '../../../error.js';

/** The architectures whose tags are looked for: a registry cannot list the tags that begin alike. */
const ARCHITECTURES = ['amd64', 'arm64', 'ppc64le', 'riscv64', 's390x'];
const INDEX = 'application/vnd.oci.image.index.v1+json';

type Found = Awaited<ReturnType<Repository['manifest']>>;

/**
 * Writes the index of a tag anew: the images that have the tags `<tag>-<architecture>`, and what the index has for other
 * platforms. Gives its digest, or undefined where it is that already. Throws CommandError `bad-argument` where the registry
 * has none of these images.
 */
export async function writeIndex(repository: Repository, tag: string): Promise<Digest | undefined> {
  const before = await repository.find(tag);
  const images: Descriptor[] = [];
  for (const architecture of ARCHITECTURES) {
    const found = await repository.find(`${tag}-${architecture}`);
    if (found) images.push(...describe(found, architecture));
  }
  if (images.length === 0) {
    const tags = ARCHITECTURES.map((architecture) => `${tag}-${architecture}`).join(', ');
    throw new CommandError('bad-argument', `${repository.name} has no image with the tag ${tags}`, {
      hint: 'Push the package first, for each architecture: `nx-linuxkit pkg push DIR`.',
    });
  }
  const others = listedIn(before, tag).filter(
    ({ platform }) => !images.some((image) => platformOf(image) === platformOf({ platform })),
  );
  const manifest = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [...images, ...others] }),
  );
  if (before?.digest === digestOf(manifest)) return undefined;
  return repository.push(tag, { mediaType: INDEX, manifest, blobs: [] });
}

/** What a tag of an architecture stands for. It may be an index of this one image and its attestations. */
function describe({ bytes, digest, contentType }: Found, architecture: string): Descriptor[] {
  const document = parseDocument(bytes, contentType, digest);
  if (document.kind === 'index') {
    return document.index.manifests.filter(({ platform }) => platform?.architecture === architecture);
  }
  const { mediaType } = document.manifest;
  return [{ mediaType, digest, size: bytes.length, platform: { architecture, os: 'linux' } }];
}

function listedIn(found: Found | undefined, tag: string): readonly Descriptor[] {
  if (!found) return [];
  const document = parseDocument(found.bytes, found.contentType, tag);
  return document.kind === 'index' ? document.index.manifests : [];
}

function platformOf({ platform }: Pick<Descriptor, 'platform'>): string {
  return platform ? `${platform.os}/${platform.architecture}/${platform.variant ?? ''}` : '';
}
