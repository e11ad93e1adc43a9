import type { Descriptor } from '../descriptor.js';
import { OciError } from '../error.js';
import { quote, type Digest } from '../digest.js';
import { checkConfig, parseImageConfig } from '../image-config.js';
import { ARCHIVE_JSON_LIMIT } from '../json.js';
import { parseDocument, type Manifest } from '../manifest.js';
import { DOCKER_CONFIG, OCI_CONFIG } from '../media-type.js';
import type { Platform } from '../platform.js';
import { candidatesFor, noneFor } from '../select-manifest.js';
import { collect } from '../verify.js';
import type { ImageSource, Resolved } from './image-source.js';

/** The document that a reference leads to: a manifest or an index. */
export interface Root {
  readonly bytes: Buffer;
  readonly digest: Digest;
  /** The media type that the document came with, if its transport names one. */
  readonly contentType?: string;
  /** True for an index that was generated, so that its source does not know its digest. */
  readonly synthetic?: boolean;
}

/** An index within an index is legal and rare; a long chain of them is an attack. */
const NESTED_INDEXES = 3;
/** Manifests without a platform whose configs are read. An index with more of them is no list of platforms. */
const UNNAMED_LIMIT = 16;

/**
 * Follows indexes from a root to the manifest for one platform, then reads its config and compares it with the
 * platform and the layers. `name` is the image in messages.
 */
export async function resolveDocument(
  source: Pick<ImageSource, 'manifest' | 'blob'>,
  root: Root,
  platform: Platform,
  name: string,
): Promise<Resolved> {
  const resolved = await follow(source, root, platform, name, 0);
  if (resolved.digest === root.digest || root.synthetic) return resolved;
  return { ...resolved, index: root.digest, indexBytes: root.bytes };
}

async function follow(
  source: Pick<ImageSource, 'manifest' | 'blob'>,
  { bytes, digest, contentType }: Root,
  platform: Platform,
  name: string,
  depth: number,
): Promise<Resolved> {
  const document = parseDocument(bytes, contentType, name);
  if (document.kind === 'manifest')
    return resolveManifest(source, bytes, digest, document.manifest, platform, name);
  if (depth === NESTED_INDEXES)
    throw new OciError('invalid-manifest', `${name}: indexes are nested more than ${NESTED_INDEXES} deep`);
  const candidates = candidatesFor(document.index, platform, name);
  const others: string[] = [];
  for (const candidate of candidates.slice(0, UNNAMED_LIMIT)) {
    const next = await fetchListed(source, candidate, name);
    try {
      return await follow(source, next, platform, name, depth + 1);
    } catch (error) {
      if (candidates.length === 1 || !(error instanceof OciError) || !MISFITS.includes(error.code))
        throw error;
      others.push(error.message);
    }
  }
  throw noneFor(name, platform, others);
}

/** Codes that say that an entry without a platform is for another one, or is no image. */
const MISFITS: readonly string[] = ['platform-mismatch', 'unknown-platform', 'media-type'];

/** Fetches a document that an index lists, and compares its size with the one in the index. */
async function fetchListed(
  source: Pick<ImageSource, 'manifest'>,
  { digest, size, mediaType }: Descriptor,
  name: string,
): Promise<Root> {
  const bytes = await source.manifest(digest);
  if (bytes.length === size) return { bytes, digest, contentType: mediaType };
  throw new OciError(
    'size-mismatch',
    `${name}: manifest ${digest} has ${bytes.length} bytes, expected the ${size} that its index names`,
  );
}

async function resolveManifest(
  source: Pick<ImageSource, 'blob'>,
  bytes: Buffer,
  digest: Digest,
  manifest: Manifest,
  platform: Platform,
  name: string,
): Promise<Resolved> {
  const config = await readConfig(source, manifest, name);
  checkConfig(parseImageConfig(config, `the config of ${name}`), platform, manifest.layers.length, name);
  return {
    digest,
    size: bytes.length,
    mediaType: manifest.mediaType,
    manifest: bytes,
    config,
    imageID: manifest.config.digest,
  };
}

/** Media types of a config; early Docker images use a generic one. */
const CONFIG_TYPES = [OCI_CONFIG, DOCKER_CONFIG, 'application/octet-stream', 'application/json'];

async function readConfig(
  source: Pick<ImageSource, 'blob'>,
  { config }: Manifest,
  name: string,
): Promise<Buffer> {
  if (!CONFIG_TYPES.includes(config.mediaType)) {
    throw new OciError('media-type', `${name} is not an image: its config is ${quote(config.mediaType)}`, {
      hint: 'Name an image: charts, signatures and other artifacts cannot be part of a system.',
    });
  }
  return collect(source.blob(config), ARCHIVE_JSON_LIMIT, `the config of ${name}`);
}
