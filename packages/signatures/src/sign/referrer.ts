import { digestOf, OciError, parseIndex, type Descriptor, type Digest } from '@nx-linuxkit/oci';
import type { Repository } from '@nx-linuxkit/oci/registry';
import { SignatureError } from '../error.js';
import { tagOf } from '../find/place.js';
import { BUNDLE_MEDIA_TYPE } from '../format/bundle.js';
import { SIGN_PREDICATE } from '../format/statement.js';
import { asArray, asObject, parseJson, type JsonObject } from '../json.js';
import { descriptorOf, OCI_MANIFEST, pushable, type Blob } from './blob.js';

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
/** https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidance-for-an-empty-descriptor */
const EMPTY: Blob = { mediaType: 'application/vnd.oci.empty.v1+json', bytes: Buffer.from('{}') };
/** As `cosign` names what the bundle holds, for tools that list referrers. */
const ANNOTATIONS = {
  'dev.sigstore.bundle.content': 'dsse-envelope',
  'dev.sigstore.bundle.predicateType': SIGN_PREDICATE,
};
/** A registry has no atomic append: an index that another client has just overwritten is written again. */
const ATTEMPTS = 3;

/**
 * Pushes a bundle as a referrer of a manifest: by the referrers API where the registry has one that lists it, else in the
 * index at the fallback tag too. https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md
 */
export async function pushReferrer(
  repository: Pick<Repository, 'name' | 'manifest' | 'referrers' | 'push'>,
  subject: Descriptor,
  bundle: Buffer,
): Promise<void> {
  const layer: Blob = { mediaType: BUNDLE_MEDIA_TYPE, bytes: bundle };
  const manifest: Blob = {
    mediaType: OCI_MANIFEST,
    bytes: Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        artifactType: BUNDLE_MEDIA_TYPE,
        config: descriptorOf(EMPTY),
        layers: [descriptorOf(layer)],
        subject,
        annotations: ANNOTATIONS,
      }),
    ),
  };
  const descriptor = descriptorOf(manifest);
  await repository.push(descriptor.digest, {
    mediaType: manifest.mediaType,
    manifest: manifest.bytes,
    blobs: [EMPTY, layer].map(pushable),
  });
  const listed = await repository.referrers(subject.digest);
  // A registry may answer the API and still list nothing, so its answer counts and not that it has one.
  if (listed?.some(({ digest }) => digest === descriptor.digest)) return;
  await listAtFallbackTag(repository, subject.digest, descriptor);
}

async function listAtFallbackTag(
  repository: Pick<Repository, 'name' | 'manifest' | 'push'>,
  subject: Digest,
  descriptor: Descriptor,
): Promise<void> {
  const tag = tagOf(subject);
  for (let attempt = 0; attempt <= ATTEMPTS; attempt++) {
    const { document, digests } = await readIndex(repository, tag);
    if (digests.includes(descriptor.digest)) return;
    if (attempt === ATTEMPTS) break;
    const entry = { ...descriptor, artifactType: BUNDLE_MEDIA_TYPE, annotations: ANNOTATIONS };
    const index = { ...document, manifests: [...asArray(document.manifests, 'manifests'), entry] };
    const manifest = Buffer.from(JSON.stringify(index));
    await repository.push(tag, { mediaType: OCI_INDEX, manifest, blobs: [] });
  }
  throw new SignatureError(
    'invalid-signatures',
    `${repository.name}:${tag} was overwritten ${ATTEMPTS} times while the image was signed`,
    { hint: 'Sign the image from one place at a time, and try again.' },
  );
}

/** The index as it is, so that entries of others are kept; an empty one if there is none. */
async function readIndex(
  repository: Pick<Repository, 'name' | 'manifest'>,
  tag: string,
): Promise<{ readonly document: JsonObject; readonly digests: readonly Digest[] }> {
  try {
    const { bytes, contentType } = await repository.manifest(tag);
    const { manifests } = parseIndex(bytes, contentType, `index ${repository.name}:${tag}`);
    const document = asObject(parseJson(bytes.toString('utf8'), 'the index'), 'the index');
    return { document, digests: manifests.map(({ digest }) => digest) };
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    if (error.code !== 'not-found') throw notAnIndex(repository.name, tag, error);
    return { document: { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }, digests: [] };
  }
}

/** An error of the network stays as it is. */
function notAnIndex(name: string, tag: string, error: OciError): Error {
  if (!['invalid-json', 'invalid-manifest', 'media-type'].includes(error.code)) return error;
  return new SignatureError('invalid-signatures', `${name}:${tag}: ${error.message}`, {
    hint: 'The tag holds something else than a list of referrers; delete it in the registry, then sign again.',
    cause: error,
  });
}

export function subjectOf(manifest: Buffer, mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(manifest), size: manifest.length };
}
