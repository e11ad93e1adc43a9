import { createHash } from 'node:crypto';
import { hexOf, type Digest } from '@nx-linuxkit/oci';
import { Tree, ancestorsOf, applyLayers, bytesContent, type Content, type Origin } from '@nx-linuxkit/tree';
import type { Context } from '../context.js';
import { generatedDirectory, generatedFile } from '../generated-inode.js';
import type { ImageLayers } from '../layers/layers.js';
import type { OciImage } from '../layers/oci-image.js';
import type { SegmentPlan } from '../plan/os-plan.js';
import { LayoutBlobs } from './layout-blobs.js';
import { rootPath, type PlacedImage } from './placed-image.js';

/** The folder of the images that init imports into containerd's store at boot: their blobs, and a file for each in `list`. */
const STORE = 'containers/images';

/** What init puts over the layers of each image. */
export const STORE_RULES = `${STORE}/rules`;

/** A service's image, and where its blobs come from. */
export interface StoredImage {
  readonly image: OciImage;
  readonly layers: ImageLayers;
  readonly fetchManifest: (digest: Digest) => Promise<Buffer>;
  /** Names the image in errors. */
  readonly name: string;
}

/**
 * Puts the image of a service into the folder of which init makes containerd's store. Images that share a layer bring it at
 * the same path, so that the root has it once.
 */
export async function placeInStore(
  { image, layers, fetchManifest, name }: StoredImage,
  plan: SegmentPlan,
  origin: Origin,
  context: Pick<Context, 'store' | 'file'>,
): Promise<PlacedImage> {
  const blobs = new LayoutBlobs(layers, fetchManifest, context);
  const { manifest } = image;
  const digest = image.digest as Digest;
  const bytes = await blobs.document(digest);
  const root = rootPath(plan, image.config, name);
  const tree = new Tree();
  const add = (path: string, content: string | Content) => {
    for (const folder of ancestorsOf(path)) tree.set(folder, generatedDirectory(origin));
    tree.set(path, generatedFile(content, { origin }));
  };
  for (const blob of [manifest.config, ...manifest.layers]) add(blobPath(blob.digest), blobs.content(blob));
  add(blobPath(digest), bytesContent(bytes));
  const service = plan.at.slice(plan.at.lastIndexOf('/') + 1);
  add(`${STORE}/list/${service}`, entryOf(image, bytes.length, service, root));
  for (const folder of [...ancestorsOf(root), root]) tree.set(folder, generatedDirectory(origin));
  return { image: applyLayers([]), prefix: STORE, tree };
}

/** Four lines: the image's name in the store, the chain ID of its layers, where its root belongs, its descriptor. */
function entryOf(
  { digest, manifest, layers }: OciImage,
  size: number,
  service: string,
  root: string,
): string {
  const name = `services/${service}@${digest}`;
  const annotations = { 'io.containerd.image.name': name };
  const descriptor = { mediaType: manifest.mediaType, digest, size, annotations };
  const chain = chainID(layers.map(({ diffID }) => diffID));
  return `${name}\n${chain}\n/${root}\n${JSON.stringify(descriptor)}\n`;
}

/**
 * The name of a stack of layers in a snapshotter; '' for an image without layers.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#layer-chainid
 */
function chainID(diffIDs: readonly string[]): string {
  const [first = '', ...rest] = diffIDs;
  return rest.reduce(
    (chain, diffID) => `sha256:${createHash('sha256').update(`${chain} ${diffID}`).digest('hex')}`,
    first,
  );
}

function blobPath(digest: Digest): string {
  return `${STORE}/blobs/sha256/${hexOf(digest)}`;
}
