import { OciError } from '../error.js';
import { digestOf, quote, type Digest } from '../digest.js';
import { formatReference, type RegistryReference } from '../reference.js';
import type { SourceOptions } from '../sources/options.js';
import { VerifiedBytes, type Expected } from '../verify.js';
import { RegistryClient } from './client.js';
import { Connections } from './connections.js';
import { originEndpoint } from './endpoint.js';

/** A blob to upload. */
export interface PushableBlob {
  readonly descriptor: Expected;
  /** Opens the bytes; called again for each attempt. */
  readonly bytes: () => AsyncIterable<Uint8Array>;
}

/** A manifest to upload, with the blobs that it names. */
export interface PushableImage {
  /** Media type of the manifest. */
  readonly mediaType: string;
  readonly manifest: Buffer;
  /** The config and the layers. */
  readonly blobs: readonly PushableBlob[];
}

/**
 * Uploads the blobs that the registry lacks, then the manifest under the reference's digest, or without one under
 * its tag. Returns the digest of the manifest.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#push
 *
 * Throws an `OciError` of the registry or the connection, or `digest-mismatch` if the reference names another
 * digest than the manifest has.
 */
export async function pushImage(
  reference: RegistryReference,
  image: PushableImage,
  options: SourceOptions = {},
): Promise<Digest> {
  const { registry, repository } = reference;
  const connections = new Connections(options);
  const client = new RegistryClient(
    originEndpoint(registry, repository, options.insecure ?? []),
    connections,
    options,
  );
  try {
    for (const blob of image.blobs) await pushBlob(client, blob);
    return await pushManifest(client, reference, image);
  } finally {
    connections.close();
  }
}

/** Uploads a blob, unless the repository has it. */
export async function pushBlob(client: RegistryClient, { descriptor, bytes }: PushableBlob): Promise<void> {
  const { digest, size } = descriptor;
  const what = `blob ${digest} of ${client.endpoint.repository}`;
  const action = 'pull,push';
  const head = await client.call({
    method: 'HEAD',
    path: `blobs/${digest}`,
    action,
    accept: [200, 404],
    what,
  });
  await head.discard();
  if (head.status === 200) return;
  const empty = { 'content-length': '0' };
  const begun = await client.call({
    method: 'POST',
    path: 'blobs/uploads/',
    headers: empty,
    action,
    accept: [202],
    what,
  });
  await begun.discard();
  const target = uploadTarget(begun.headers.location, begun.url);
  target.searchParams.set('digest', digest);
  const done = await client.call({
    method: 'PUT',
    path: target,
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
    body: () => VerifiedBytes.of(bytes(), descriptor),
    action,
    accept: [201],
    what,
  });
  await done.discard();
}

/** Uploads a manifest under the reference's digest, or without one under its tag; returns the manifest's digest. */
export async function pushManifest(
  client: RegistryClient,
  reference: Pick<RegistryReference, 'registry' | 'repository' | 'tag' | 'digest'>,
  { manifest, mediaType }: Omit<PushableImage, 'blobs'>,
): Promise<Digest> {
  const digest = digestOf(manifest);
  if (reference.digest !== undefined && reference.digest !== digest) {
    throw new OciError(
      'digest-mismatch',
      `the manifest has the digest ${digest}, expected ${reference.digest}`,
    );
  }
  const response = await client.call({
    method: 'PUT',
    path: `manifests/${reference.digest ?? reference.tag}`,
    headers: { 'content-type': mediaType, 'content-length': String(manifest.length) },
    body: () => manifest,
    action: 'pull,push',
    accept: [201],
    what: `manifest ${formatReference({ transport: 'registry', text: '', ...reference })}`,
  });
  await response.discard();
  return digest;
}

function uploadTarget(location: string | undefined, base: URL): URL {
  if (location !== undefined && URL.canParse(location, base.href)) return new URL(location, base);
  throw new OciError(
    'registry-error',
    `${base.host} names ${quote(location ?? 'nothing')} as the place of an upload, expected a URL`,
  );
}
