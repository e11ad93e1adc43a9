import { digestOf, type Descriptor, type Digest } from '@nx-linuxkit/oci';
import type { PushableImage, Repository } from '@nx-linuxkit/oci/registry';
import { buildPackage } from '../build-package.js';
import type { Environment, Log } from '../environment.js';
import { StageError } from '../error.js';
import { Pipeline } from '../pipeline.js';
import type { ImageNode } from '../plan/image-node.js';
import { Sources } from '../sources.js';
import { formatIndex } from './image-index.js';
import { packageTag, refuseDirty } from './package-tag.js';
import { pushableImage } from './pushable-image.js';
import type { SignWith } from './sign-with.js';
import type { Sign } from './signer.js';

/** What to push, and under which names. */
export interface PushRequest {
  /** The package's folder, or the file of a variant, relative to the workspace. */
  readonly place: string;
  /** Default: those of the settings that the package has. */
  readonly platforms?: readonly string[];
  /** Throws where the lock must be written, instead of writing it. */
  readonly frozen: boolean;
  /** A further tag for the same images, such as `v1.0`. */
  readonly release?: string;
  /** Also tags each platform's image as LinuxKit does: `<tag>-amd64`. Default: false. */
  readonly archTags?: boolean;
  /** Pushes also what is not committed. Default: false. */
  readonly dirty?: boolean;
  /** Lets a tag stand for these images that stands for others. Default: false. */
  readonly override?: boolean;
  /** Signs the index and each image before a tag names them. Default: nothing is signed. */
  readonly sign?: SignWith;
}

/**
 * Builds a package and pushes its images by digest, and then an index of them under the package's tag. So a push that fails
 * leaves no name that stands for something that is not there. Layers that the registry has are not sent. Gives the
 * references that stand for the index. Throws StageError `unsupported` for files that are not committed, `tag-taken` for a
 * tag that stands for other images, and OciError.
 */
export async function pushPackage(
  environment: Environment,
  request: PushRequest,
  log: Log,
): Promise<string[]> {
  const named = await packageTag(environment, request.place);
  if (!request.dirty) refuseDirty(named, request.place, 'Commit them, or push with --dirty.');
  const { reference, tag } = named;
  // A key that cannot be read is known before anything is built.
  const sign = request.sign && (await signerOf(environment, request.sign, log));
  const nodes = await buildPackage(environment, request, log);
  if (nodes.length === 0) throw noPlatform(request.place);
  const pipeline = new Pipeline(environment);
  const sources = new Sources(environment);
  try {
    const push = async (repository: Repository) => {
      const pushed: PushedImage[] = [];
      for (const node of nodes) pushed.push(await pushImageOf(pipeline, repository, node, log));
      const tags = [tag, ...(request.release === undefined ? [] : [request.release])];
      const index = formatIndex(pushed.map(descriptorOf));
      const missing = await missingTags(repository, tags, digestOf(index.manifest), request);
      if (sign) {
        // A signature of what is not there would be refused.
        const digest = await repository.push(digestOf(index.manifest), index);
        await sign(repository, [...pushed.map((image) => image.digest), digest]);
      }
      if (request.archTags) await pushArchTags(repository, pushed, tags);
      for (const name of missing) await repository.push(name, index);
      for (const name of tags) log(`push ${repository.name}:${name}: ${digestOf(index.manifest)}`);
      return tags.map((name) => `${repository.name}:${name}`);
    };
    // A mirror may lag behind what was pushed.
    return await sources.withRepository(reference, push, { mirrors: {} });
  } finally {
    await pipeline.close();
    await sources.close();
  }
}

/** The tags that do not stand for the index yet. Throws StageError `tag-taken` for one that stands for something else. */
async function missingTags(
  repository: Repository,
  tags: readonly string[],
  digest: Digest,
  { override = false }: Pick<PushRequest, 'override'>,
): Promise<string[]> {
  const missing: string[] = [];
  for (const tag of tags) {
    const found = (await repository.find(tag))?.digest;
    if (found === digest) continue;
    if (found !== undefined && !override) throw tagTaken(`${repository.name}:${tag}`, found, digest);
    missing.push(tag);
  }
  return missing;
}

function tagTaken(name: string, found: Digest, digest: Digest): StageError {
  return new StageError('tag-taken', `${name} is ${found} already, and what was built here is ${digest}`, {
    hint: 'Other platforms or another builder give another image: push with --override to replace it.',
  });
}

function noPlatform(place: string): StageError {
  return new StageError('unsupported', `${place} is made for no platform of the workspace`, {
    where: { file: place },
    hint: 'Name a platform of its `arches` in the plugin option `packages.platforms`, or in --platforms.',
  });
}

/** Loaded for a push that signs. */
async function signerOf(environment: Environment, sign: SignWith, log: Log): Promise<Sign> {
  const { signer } = await import('./signer.js');
  return signer(environment, sign, log);
}

async function pushArchTags(
  repository: Repository,
  pushed: readonly PushedImage[],
  tags: readonly string[],
): Promise<void> {
  for (const { platform, mediaType, manifest } of pushed) {
    const [, architecture] = platform.split('/');
    for (const tag of tags) {
      await repository.push(`${tag}-${architecture}`, { mediaType, manifest, blobs: [] });
    }
  }
}

/** An image that lies in the repository by its digest. */
interface PushedImage extends Pick<PushableImage, 'mediaType' | 'manifest'> {
  readonly platform: string;
  readonly digest: Digest;
}

async function pushImageOf(
  pipeline: Pipeline,
  repository: Repository,
  node: ImageNode,
  log: Log,
): Promise<PushedImage> {
  const { mediaType, manifest, blobs } = await pushableNode(pipeline, repository, node, log);
  const digest = await repository.push(digestOf(manifest), { mediaType, manifest, blobs });
  log(`push ${repository.name} for ${node.platform}: ${digest}`);
  return { platform: node.platform, mediaType, manifest, digest };
}

async function pushableNode(
  pipeline: Pipeline,
  { registry }: Pick<Repository, 'registry'>,
  node: ImageNode,
  log: Log,
): Promise<PushableImage> {
  const parts = pipeline.image(node, log);
  const { source } = node;
  const below = source.kind === 'package' ? (source.dockerfile?.bases ?? []) : [];
  const bases = below.map(async ({ image: base, reference }) => ({
    reference: base.source.kind === 'pulled' ? base.source.from : reference,
    layers: (await pipeline.image(base, log).document()).manifest.layers,
  }));
  const image = await parts.document();
  const manifest = await parts.manifest();
  return pushableImage({ image, manifest, blob: parts.blob, bases: await Promise.all(bases) }, registry);
}

function descriptorOf({ platform: text, mediaType, manifest, digest }: PushedImage): Descriptor {
  const [os, architecture, variant] = text.split('/');
  const platform = { os, architecture, ...(variant && { variant }) };
  return { mediaType, digest, size: manifest.length, platform };
}
