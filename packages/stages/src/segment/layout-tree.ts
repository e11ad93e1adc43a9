import {
  digestOf,
  hexOf,
  parseIndex,
  parseManifest,
  parsePlatform,
  selectManifest,
  type Descriptor,
} from '@nx-linuxkit/oci';
import {
  Tree,
  applyLayers,
  bytesContent,
  joinPath,
  type Content,
  type Inode,
  type Origin,
} from '@nx-linuxkit/tree';
import type { Context } from '../context.js';
import { StageError } from '../error.js';
import type { ImageLayers } from '../layers/layers.js';
import type { OciImage } from '../layers/oci-image.js';
import type { SegmentPlan } from '../plan/os-plan.js';
import { LayoutBlobs } from './layout-blobs.js';
import type { PlacedImage } from './placed-image.js';

/** OCI image layout specification: the file that marks a folder as an image layout. */
const LAYOUT_FILE = '{"imageLayoutVersion":"1.0.0"}';
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
const REF_NAME = 'org.opencontainers.image.ref.name';

/** An image whose blobs go into a layout, and where they come from. */
export interface LayoutImage {
  readonly image: OciImage;
  readonly platform: string;
  readonly layers: ImageLayers;
  readonly fetchManifest: (digest: Descriptor['digest']) => Promise<Buffer>;
}

/** What a layout holds: the document that index.json names, and the manifests of all its platforms. */
interface Selection {
  readonly root: { readonly mediaType: string; readonly bytes: Buffer };
  readonly manifests: readonly Buffer[];
}

/**
 * Makes a volume that holds an image itself, compressed as it was fetched. LinuxKit's rules for files do not apply,
 * and times are zero. Unlike LinuxKit's, the index lists the platforms that are there and no other.
 */
export async function placeLayout(
  { image, platform, layers, fetchManifest }: LayoutImage,
  at: string,
  { platforms, name, index }: NonNullable<SegmentPlan['layout']>,
  origin: Origin,
  context: Pick<Context, 'store' | 'file'>,
): Promise<PlacedImage> {
  const blobs = new LayoutBlobs(layers, fetchManifest, context);
  const selection = index
    ? await selectPlatforms(blobs, index, platforms, name)
    : await onlyPlatform(blobs, image, platform, platforms, name);

  const files = new Map<string, Content>();
  const add = (bytes: Buffer) => files.set(blobPath(digestOf(bytes)), bytesContent(bytes));
  for (const bytes of selection.manifests) {
    const { config, layers } = parseManifest(bytes);
    for (const blob of [config, ...layers]) files.set(blobPath(blob.digest), blobs.content(blob));
    add(bytes);
  }
  add(selection.root.bytes);
  files.set('index.json', bytesContent(indexJson(selection, name)));
  files.set('oci-layout', bytesContent(LAYOUT_FILE));
  return { image: applyLayers([]), prefix: '', tree: treeOf(joinPath(at, 'lower'), files, origin) };
}

async function selectPlatforms(
  blobs: LayoutBlobs,
  digest: Descriptor['digest'],
  platforms: readonly string[],
  name: string,
): Promise<Selection> {
  const original = await blobs.document(digest);
  const index = parseIndex(original, undefined, name);
  const wanted =
    platforms.length === 0
      ? index.manifests
      : platforms.map((platform) => selectManifest(index, parsePlatform(platform), name));
  const digests = new Set(wanted.map((descriptor) => descriptor.digest));
  const whole = index.manifests.every((descriptor) => digests.has(descriptor.digest));
  return {
    root: { mediaType: index.mediaType, bytes: whole ? original : filtered(original, digests) },
    manifests: await Promise.all([...digests].map((one) => blobs.document(one))),
  };
}

/** Keeps everything else that the index says, annotations too. */
function filtered(original: Buffer, digests: ReadonlySet<string>): Buffer {
  const document = JSON.parse(original.toString('utf8'));
  const manifests = document.manifests.filter(({ digest }: { digest: string }) => digests.has(digest));
  return Buffer.from(JSON.stringify({ ...document, manifests }));
}

/** An image without an index, which LinuxKit refuses: a package or a single manifest has one platform. */
async function onlyPlatform(
  blobs: LayoutBlobs,
  { digest, manifest: { mediaType } }: OciImage,
  platform: string,
  platforms: readonly string[],
  name: string,
): Promise<Selection> {
  const missing = platforms.find((wanted) => wanted !== platform);
  if (missing) {
    throw new StageError('unsupported', `${name} has ${platform} only, its volume wants ${missing}`, {
      hint: 'Name an image with an index, or leave the platform out of the volume.',
    });
  }
  const bytes = await blobs.document(digest as Descriptor['digest']);
  return { root: { mediaType, bytes }, manifests: [bytes] };
}

function indexJson({ root: { mediaType, bytes } }: Selection, name: string): string {
  const annotations = { [REF_NAME]: name };
  const manifest = { mediaType, digest: digestOf(bytes), size: bytes.length, annotations };
  return JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [manifest] });
}

function blobPath(digest: Descriptor['digest']): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

function treeOf(folder: string, files: ReadonlyMap<string, Content>, origin: Origin): Tree {
  const tree = new Tree();
  const inode = (rest: Pick<Inode, 'type' | 'mode' | 'content'>): Inode => ({
    ...{ uid: 0, gid: 0, mtime: 0, origin },
    ...rest,
  });
  for (const path of ['blobs', 'blobs/sha256']) {
    tree.set(joinPath(folder, path), inode({ type: 'dir', mode: 0o755 }));
  }
  for (const [path, content] of files) {
    tree.set(joinPath(folder, path), inode({ type: 'file', mode: 0o644, content }));
  }
  return tree;
}
