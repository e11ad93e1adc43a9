import { OciError } from './error.js';
import { quote } from './digest.js';
import { parseDescriptor, type Descriptor } from './descriptor.js';
import { asArray, asObject, asString, MANIFEST_LIMIT, optional, parseJson, type JsonObject } from './json.js';
import { essence, INDEX_TYPES, MANIFEST_TYPES, OCI_INDEX, OCI_MANIFEST } from './media-type.js';

export interface Manifest {
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface Index {
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
}

export type Document =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'index'; readonly index: Index };

/** More layers than any runtime mounts (overlayfs ends at 500), fewer than would hurt. */
const LAYER_LIMIT = 1000;

/**
 * Reads a manifest or an index, whichever it is. The `Content-Type` it came with, its `mediaType` field and its
 * content have to agree: a document that is a manifest to one client and an index to another carries two
 * images under one digest (CVE-2021-41190).
 */
export function parseDocument(bytes: Uint8Array, contentType?: string, what = 'the manifest'): Document {
  const object = asObject(parseJson(bytes, what, MANIFEST_LIMIT), what);
  const mediaType = agreedMediaType(object, essence(contentType), what);
  return INDEX_TYPES.includes(mediaType)
    ? { kind: 'index', index: { mediaType, manifests: descriptors(object.manifests, `${what}: manifests`) } }
    : { kind: 'manifest', manifest: readManifest(object, mediaType, what) };
}

export function parseManifest(bytes: Uint8Array, contentType?: string, what = 'the manifest'): Manifest {
  const document = parseDocument(bytes, contentType, what);
  if (document.kind === 'manifest') return document.manifest;
  throw new OciError('media-type', `${what}: expected the manifest of one image, got an index`);
}

export function parseIndex(bytes: Uint8Array, contentType?: string, what = 'the index'): Index {
  const document = parseDocument(bytes, contentType, what);
  if (document.kind === 'index') return document.index;
  throw new OciError('media-type', `${what}: expected an index, got the manifest of one image`);
}

function agreedMediaType(object: JsonObject, received: string, what: string): string {
  const declared = optional(object.mediaType, asString, `${what}: mediaType`);
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

/** Plain file servers and some mirrors label everything so. */
function isSpecific(type: string): boolean {
  return !['', 'application/json', 'text/plain', 'application/octet-stream'].includes(type);
}

function readManifest(object: JsonObject, mediaType: string, what: string): Manifest {
  const layers = descriptors(object.layers, `${what}: layers`);
  for (const { digest, urls } of layers) {
    if (!urls) continue;
    throw new OciError('foreign-layer', `${what}: layer ${digest} is to be fetched from ${quote(urls[0])}`, {
      hint: 'Foreign layers are not fetched, as their place is chosen by the image. Use an image without them.',
    });
  }
  return { mediaType, config: parseDescriptor(object.config, `${what}: config`), layers };
}

function descriptors(value: unknown, what: string): readonly Descriptor[] {
  const list = asArray(value, what);
  if (list.length > LAYER_LIMIT) {
    throw new OciError('too-large', `${what}: ${list.length} descriptors, expected at most ${LAYER_LIMIT}`);
  }
  return list.map((item, i) => parseDescriptor(item, `${what}[${i}]`));
}
