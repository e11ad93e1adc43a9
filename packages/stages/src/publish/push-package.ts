import { digestOf, type Digest } from '@nx-linuxkit/oci';
import type { PushableImage, Repository } from '@nx-linuxkit/oci/registry';
import { buildPackage } from '../build-package.js';
import type { Environment, Log } from '../environment.js';
import { StageError } from '../error.js';
import { Pipeline } from '../pipeline.js';
import type { ImageNode } from '../plan/image-node.js';
import { Sources } from '../sources.js';
import { packageTag } from './package-tag.js';

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
}

const OCI = 'application/vnd.oci.image';

/**
 * Builds a package and pushes its images by digest, and then an index of them under the package's tag. So a push that fails
 * leaves no name that stands for something that is not there. Layers that the registry has are not sent. Gives the
 * references that were written. Throws StageError `unsupported` for files that are not committed, and OciError.
 */
export async function pushPackage(
  environment: Environment,
  request: PushRequest,
  log: Log,
): Promise<string[]> {
  const { reference, tag, isDirty } = await packageTag(environment, request.place);
  if (isDirty && !request.dirty) {
    throw new StageError(
      'unsupported',
      `${request.place} has files that are not committed, so it is not pushed`,
      {
        where: { file: request.place },
        hint: 'Commit them, or push with --dirty.',
      },
    );
  }
  const nodes = await buildPackage(environment, request, log);
  const pipeline = new Pipeline(environment);
  const sources = new Sources(environment);
  try {
    return await sources.withRepository(reference, async (repository) => {
      const pushed = new Map<ImageNode, { readonly digest: Digest; readonly size: number }>();
      for (const node of nodes) pushed.set(node, await pushImageOf(pipeline, repository, node, log));
      const index = indexOf(pushed);
      const tags = [tag, ...(request.release === undefined ? [] : [request.release])];
      if (request.archTags) await pushArchTags(pipeline, repository, nodes, tags, log);
      for (const name of tags) {
        await repository.push(name, { mediaType: `${OCI}.index.v1+json`, manifest: index, blobs: [] });
        log(`push ${repository.name}:${name}: ${digestOf(index)}`);
      }
      return tags.map((name) => `${repository.name}:${name}`);
    });
  } finally {
    await pipeline.close();
    await sources.close();
  }
}

async function pushImageOf(
  pipeline: Pipeline,
  repository: Repository,
  node: ImageNode,
  log: Log,
): Promise<{ readonly digest: Digest; readonly size: number }> {
  const image = await pushable(pipeline, node, log);
  const digest = await repository.push(digestOf(image.manifest), image);
  log(`push ${repository.name} for ${node.platform}: ${digest}`);
  return { digest, size: image.manifest.length };
}

async function pushArchTags(
  pipeline: Pipeline,
  repository: Repository,
  nodes: readonly ImageNode[],
  tags: readonly string[],
  log: Log,
): Promise<void> {
  for (const node of nodes) {
    const { mediaType, manifest } = await pushable(pipeline, node, log);
    const [, architecture] = node.platform.split('/');
    for (const tag of tags)
      await repository.push(`${tag}-${architecture}`, { mediaType, manifest, blobs: [] });
  }
}

async function pushable(pipeline: Pipeline, node: ImageNode, log: Log): Promise<PushableImage> {
  const parts = pipeline.image(node, log);
  const { manifest: parsed } = await parts.document();
  const manifest = await parts.manifest();
  const blobs = [...parsed.layers, parsed.config].map((descriptor) => ({
    descriptor,
    bytes: () => streamed(parts.blob(descriptor)),
  }));
  return { mediaType: parsed.mediaType, manifest, blobs };
}

async function* streamed(bytes: Promise<AsyncIterable<Uint8Array>>): AsyncGenerator<Uint8Array> {
  yield* await bytes;
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md */
function indexOf(pushed: ReadonlyMap<ImageNode, { readonly digest: Digest; readonly size: number }>): Buffer {
  const manifests = [...pushed].map(([{ platform }, { digest, size }]) => {
    const [os, architecture, variant] = platform.split('/');
    const on = { architecture, os, ...(variant && { variant }) };
    return { mediaType: `${OCI}.manifest.v1+json`, digest, size, platform: on };
  });
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests }));
}
