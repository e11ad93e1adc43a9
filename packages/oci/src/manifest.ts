import { OciError } from './error.js';
import { quote } from './digest.js';
import { parseDescriptor, type Descriptor } from './descriptor.js';
import { asArray, asObject, asString, MANIFEST_LIMIT, optional, parseJson, type JsonObject } from './json.js';
import { essence, INDEX_TYPES, MANIFEST_TYPES, OCI_INDEX, OCI_MANIFEST } from './media-type.js';

/**
 * The manifest of one image for one platform:
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md
 */
export interface Manifest {
  readonly mediaType: string;
  readonly config: Descriptor;
  /** Lowest first. */
  readonly layers: readonly Descriptor[];
}

/**
 * A list of manifests, one for each platform:
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
 */
export interface Index {
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
}

/** A manifest or an index, told apart by `kind`. */
export type Document =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'index'; readonly index: Index };

/** More layers than any runtime can mount (overlayfs ends at 500), and few enough to cost nothing. */
const LAYER_LIMIT = 1000;

/**
 * Reads a document of at most 4 MiB that is a manifest or an index. Its content, its `mediaType` field and the
 * `Content-Type` that it came with must agree: a document that is a manifest to one client and an index to another
 * carries two images under one digest (CVE-2021-41190). `what` names the document in messages.
 *
 * Throws `invalid-json`, `invalid-digest`, `media-type`, `foreign-layer` or `too-large`.
 */
export function parseDocument(bytes: Uint8Array, contentType?: string, what = 'the manifest'): Document {
  const object = asObject(parseJson(bytes, what, MANIFEST_LIMIT), what);
  const mediaType = agreedMediaType(object, essence(contentType), what);
  return INDEX_TYPES.includes(mediaType)
    ? { kind: 'index', index: { mediaType, manifests: descriptors(object.manifests, `${what}: manifests`) } }
    : { kind: 'manifest', manifest: readManifest(object, mediaType, what) };
}

/** Like `parseDocument`, but throws `media-type` for an index. */
export function parseManifest(bytes: Uint8Array, contentType?: string, what = 'the manifest'): Manifest {
  const document = parseDocument(bytes, contentType, what);
  if (document.kind === 'manifest') return document.manifest;
  throw new OciError('media-type', `${what}: expected the manifest of one image, got an index`);
}

/** Like `parseDocument`, but throws `media-type` for a manifest. */
export function parseIndex(bytes: Uint8Array, contentType?: string, what = 'the index'): Index {
  const document = parseDocument(bytes, contentType, what);
  if (document.kind === 'index') return document.index;
  throw new OciError('media-type', `${what}: expected an index, got the manifest of one image`);
}

function agreedMediaType(object: JsonObject, received: string, what: string): string {
  const declared = optional(object.mediaType, asString, `${what}: mediaType`) || undefined;
  const [isIndex, isManifest] = ['manifests' in object, 'layers' in object || 'config' in object];
  if (isIndex && isManifest) {
    throw new OciError('media-type', `${what} is a manifest and an index at once`);
  }
  if (object.schemaVersion === 1 || 'fsLayers' in object) {
    throw new OciError(
      'media-type',
      `${what} has Docker's schema 1, which ended in 2019; expected schema 2 or OCI`,
      {
        hint: 'Pull and push the image with a current Docker to convert it.',
      },
    );
  }
  const known = isIndex ? INDEX_TYPES : MANIFEST_TYPES;
  const contradiction = [declared, isSpecific(received) ? received : undefined].find(
    (type) => type !== undefined && !known.includes(type),
  );
  if (contradiction !== undefined) {
    throw new OciError(
      'media-type',
      `${what} is ${isIndex ? 'an index' : 'a manifest'} by its content, but its media type is ${quote(contradiction)}`,
    );
  }
  if (declared !== undefined && isSpecific(received) && declared !== received) {
    throw new OciError('media-type', `${what} says that it is ${declared}, but came as ${received}`);
  }
  return declared ?? (isSpecific(received) ? received : isIndex ? OCI_INDEX : OCI_MANIFEST);
}

/** Tells whether a media type says anything: file servers and some mirrors send these for every file. */
function isSpecific(type: string): boolean {
  return !['', 'application/json', 'text/plain', 'application/octet-stream'].includes(type);
}

function readManifest(object: JsonObject, mediaType: string, what: string): Manifest {
  const layers = descriptors(object.layers, `${what}: layers`);
  for (const { digest, urls } of layers) {
    if (!urls) continue;
    throw new OciError('foreign-layer', `${what}: layer ${digest} is to be fetched from ${quote(urls[0])}`, {
      hint: 'Use an image without foreign layers: they are not fetched, because the image chooses their place.',
    });
  }
  return { mediaType, config: parseDescriptor(object.config, `${what}: config`), layers };
}

/** Reads a list of descriptors; Go writes an empty one as `null` or leaves it out. */
function descriptors(value: unknown, what: string): readonly Descriptor[] {
  const list = optional(value, asArray, what) ?? [];
  if (list.length > LAYER_LIMIT) {
    throw new OciError('too-large', `${what}: ${list.length} descriptors, expected at most ${LAYER_LIMIT}`);
  }
  return list.map((item, i) => parseDescriptor(item, `${what}[${i}]`));
}
