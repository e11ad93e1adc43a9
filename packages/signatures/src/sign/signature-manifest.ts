import { OciError, parseManifest, type Descriptor, type Digest } from '@nx-linuxkit/oci';
import type { Repository } from '@nx-linuxkit/oci/registry';
import { SignatureError } from '../error.js';
import { tagOf } from '../find/place.js';
import { ANNOTATIONS, SIMPLE_SIGNING } from '../format/simple-signing.js';
import { asArray, asObject, FormatError, parseJson, type JsonObject } from '../json.js';
import { descriptorOf, OCI_MANIFEST, type Blob } from './blob.js';

/** The manifest behind a `.sig` tag, as far as appending to it needs it. */
export interface SignatureManifest {
  /** As it came, so that fields and annotations of other signers are kept. */
  readonly document: JsonObject;
  readonly layers: readonly Descriptor[];
  readonly config: JsonObject;
}

const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
const CONFIG_LIMIT = 4 << 20;
/** Go's zero time, which cosign writes: a signature list has no time of its own. */
const NO_TIME = '0001-01-01T00:00:00Z';
const EMPTY_CONFIG = { architecture: '', config: {}, created: NO_TIME, history: [], os: '' };

/** The list of signatures of an image; `undefined` if it has none yet. Error: `invalid-signatures`. */
export async function readSignatureManifest(
  repository: Pick<Repository, 'name' | 'manifest' | 'blob'>,
  digest: Digest,
): Promise<SignatureManifest | undefined> {
  const tag = tagOf(digest, '.sig');
  try {
    const { bytes, contentType } = await repository.manifest(tag);
    const manifest = parseManifest(bytes, contentType, `manifest ${repository.name}:${tag}`);
    const config = await repository.blob(manifest.config, CONFIG_LIMIT);
    return {
      document: asObject(parseJson(bytes.toString('utf8'), 'the manifest'), 'the manifest'),
      layers: manifest.layers,
      config: asObject(parseJson(config.toString('utf8'), 'its config'), 'its config'),
    };
  } catch (error) {
    if (error instanceof OciError && error.code === 'not-found') return undefined;
    if (!(error instanceof FormatError) && !(error instanceof OciError && isForm(error))) throw error;
    throw new SignatureError('invalid-signatures', `${repository.name}:${tag}: ${error.message}`, {
      hint: 'The tag holds something else than signatures; delete it in the registry, then sign again.',
      cause: error,
    });
  }
}

/** The list with one more layer. The config lists the layers too, because go-containerregistry reads them there. */
export function appendSignature(
  existing: SignatureManifest | undefined,
  payload: Buffer,
  signature: Buffer,
): { readonly manifest: Blob; readonly config: Blob } {
  const layer = {
    ...descriptorOf({ mediaType: SIMPLE_SIGNING, bytes: payload }),
    annotations: { [ANNOTATIONS.signature]: signature.toString('base64') },
  };
  const config = jsonBlob(OCI_CONFIG, appendToConfig(existing?.config ?? EMPTY_CONFIG, layer.digest));
  const document = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    ...existing?.document,
    config: { ...asObject(existing?.document.config ?? {}, 'config'), ...descriptorOf(config) },
    layers: [...asArray(existing?.document.layers ?? [], 'layers'), layer],
  };
  return { manifest: jsonBlob(document.mediaType, document), config };
}

function appendToConfig(config: JsonObject, diffID: Digest): JsonObject {
  const rootfs = asObject(config.rootfs ?? { type: 'layers' }, 'rootfs');
  return {
    ...config,
    history: [...asArray(config.history ?? [], 'history'), { created: NO_TIME }],
    rootfs: { ...rootfs, diff_ids: [...asArray(rootfs.diff_ids ?? [], 'rootfs.diff_ids'), diffID] },
  };
}

function jsonBlob(mediaType: string, value: unknown): Blob {
  return { mediaType, bytes: Buffer.from(JSON.stringify(value)) };
}

/** Errors about the document, as opposed to the network. */
function isForm({ code }: OciError): boolean {
  return ['invalid-json', 'invalid-manifest', 'media-type', 'foreign-layer', 'too-large'].includes(code);
}
