import { parseDocument, type Descriptor, type Digest, digestOf } from '@nx-linuxkit/oci';
import type { Repository } from '@nx-linuxkit/oci/registry';
import type { Environment, Log } from '../environment.js';
import { StageError } from '../error.js';
import { Sources } from '../sources.js';
import { attestationsOf, formatIndex, othersOf } from './image-index.js';

/** Which indexes to write. */
export interface IndexRequest {
  /** Names the repository. */
  readonly reference: string;
  readonly tags: readonly string[];
  /** What to do where the registry has no image to list. */
  readonly hint: string;
}

/** The architectures whose tags are looked for: a registry cannot list the tags that begin alike. */
const ARCHITECTURES = ['amd64', 'arm64', 'ppc64le', 'riscv64', 's390x'];

type Found = Awaited<ReturnType<Repository['manifest']>>;

/**
 * Writes the index of each tag anew, as LinuxKit's `pkg manifest` does: machines have pushed an image each, under the tag
 * `<tag>-<architecture>`. Throws StageError `unknown-image` where the registry has none of these images, and OciError.
 */
export async function writeIndexes(
  environment: Environment,
  { reference, tags, hint }: IndexRequest,
  log: Log,
): Promise<void> {
  const sources = new Sources(environment);
  const write = async (repository: Repository) => {
    for (const tag of tags) {
      const written = await writeIndex(repository, tag, hint);
      const name = `${repository.name}:${tag}`;
      log(written ? `push ${name}: ${written}` : `${name} has all images that its architectures have`);
    }
  };
  try {
    // A mirror may lag behind what was pushed.
    await sources.withRepository(reference, write, { mirrors: {} });
  } finally {
    await sources.close();
  }
}

/** Gives the digest of the index, or undefined where the tag stands for that index already. */
async function writeIndex(repository: Repository, tag: string, hint: string): Promise<Digest | undefined> {
  const images: Descriptor[] = [];
  for (const architecture of ARCHITECTURES) {
    const found = await repository.find(`${tag}-${architecture}`);
    if (found) images.push(...(await imagesOf(repository, found, architecture)));
  }
  if (images.length === 0) {
    const tags = ARCHITECTURES.map((architecture) => `${tag}-${architecture}`).join(', ');
    throw new StageError('unknown-image', `${repository.name} has no image with the tag ${tags}`, { hint });
  }
  const before = await repository.find(tag);
  const index = formatIndex([...images, ...(await otherImages(repository, before, images))]);
  return before?.digest === digestOf(index.manifest) ? undefined : repository.push(tag, index);
}

/**
 * What the index of a tag has for other platforms than `images` are for, as far as the registry still has it: an index
 * must not name what is not there. Throws OciError.
 */
export async function otherImages(
  repository: Repository,
  found: Found | undefined,
  images: readonly Descriptor[],
): Promise<Descriptor[]> {
  return found ? present(repository, othersOf(images, listedIn(found, repository.name))) : [];
}

/** What a tag of an architecture stands for. It may be an index of this one image and its attestations. */
async function imagesOf(repository: Repository, found: Found, architecture: string): Promise<Descriptor[]> {
  const { bytes, digest, contentType } = found;
  const document = parseDocument(bytes, contentType, digest);
  if (document.kind === 'manifest') {
    const { mediaType } = document.manifest;
    return [{ mediaType, digest, size: bytes.length, platform: { architecture, os: 'linux' } }];
  }
  const listed = document.index.manifests;
  const images = listed.filter(({ platform }) => platform?.architecture === architecture);
  return present(repository, [...images, ...attestationsOf(images, listed)]);
}

function listedIn({ bytes, contentType }: Found, what: string): readonly Descriptor[] {
  const document = parseDocument(bytes, contentType, what);
  return document.kind === 'index' ? document.index.manifests : [];
}

async function present(repository: Repository, images: readonly Descriptor[]): Promise<Descriptor[]> {
  const kept: Descriptor[] = [];
  for (const image of images) if (await repository.find(image.digest)) kept.push(image);
  return kept;
}
