import { OciError, type OciErrorCode } from '../error.js';
import { digestOf, quote, type Digest } from '../digest.js';
import { formatReference, type RegistryReference } from '../reference.js';
import type { SourceOptions } from '../sources/options.js';
import { VerifiedBytes, type Expected } from '../verify.js';
import type { HttpResponse } from '../http/http-client.js';
import { RegistryClient, type Call } from './client.js';
import { Connections } from './connections.js';
import { originEndpoint } from './endpoint.js';

/** The permission that pushing needs: blobs that are there are found by reading. */
const action = 'pull,push';

/** How registries answer that do not let a blob be taken from another repository. */
const NO_MOUNT: readonly OciErrorCode[] = ['unauthorized', 'forbidden', 'not-found'];

/** A blob to upload. */
export interface PushableBlob {
  readonly descriptor: Expected;
  /** Opens the bytes; called again for each attempt. */
  readonly bytes: () => AsyncIterable<Uint8Array>;
  /** Another repository of the same registry that may have the blob: then the registry takes it from there. */
  readonly mountFrom?: string;
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

/** Whether the repository has a blob. Throws OciError. */
export async function hasBlob(client: RegistryClient, digest: Digest): Promise<boolean> {
  const response = await client.call({
    method: 'HEAD',
    path: `blobs/${digest}`,
    action,
    accept: [200, 404],
    what: nameOf(client, digest),
  });
  await response.discard();
  return response.status === 200;
}

/**
 * Asks the registry to take a blob from another of its repositories; returns whether it did. A registry that does not may
 * have begun an upload, which it ends by itself after a while. Throws OciError.
 */
export async function mountBlob(client: RegistryClient, digest: Digest, from: string): Promise<boolean> {
  return (await askToMount(client, digest, from))?.status === 201;
}

/** Uploads a blob, unless the repository has it. */
export async function pushBlob(client: RegistryClient, blob: PushableBlob): Promise<void> {
  const { descriptor, bytes } = blob;
  const { digest, size } = descriptor;
  if (await hasBlob(client, digest)) return;
  const begun = await beginUpload(client, blob);
  // The registry has taken the blob from the other repository.
  if (begun.status === 201) return;
  const target = uploadTarget(begun.headers.location, begun.url);
  target.searchParams.set('digest', digest);
  const done = await client.call({
    method: 'PUT',
    path: target,
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
    body: () => VerifiedBytes.of(bytes(), descriptor),
    action,
    accept: [201],
    what: nameOf(client, digest),
  });
  await done.discard();
}

/** Asks for the place of an upload, or for the blob of another repository, which answers 201 if the registry takes it. */
async function beginUpload(
  client: RegistryClient,
  { descriptor: { digest }, mountFrom }: PushableBlob,
): Promise<HttpResponse> {
  const canMount = mountFrom !== undefined && mountFrom !== client.endpoint.repository;
  const mounted = canMount ? await askToMount(client, digest, mountFrom) : undefined;
  return mounted ?? askToUpload(client, digest, '', { accept: [202] });
}

/**
 * Asks for a blob of another repository: 201 means that it is there, 202 that an upload of it has begun, and `undefined`
 * that the registry refuses.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#mounting-a-blob-from-another-repository
 */
async function askToMount(
  client: RegistryClient,
  digest: Digest,
  from: string,
): Promise<HttpResponse | undefined> {
  const query = `?${new URLSearchParams({ mount: digest, from })}`;
  try {
    return await askToUpload(client, digest, query, { accept: [201, 202], alsoReads: from });
  } catch (error) {
    if (error instanceof OciError && NO_MOUNT.includes(error.code)) return undefined;
    throw error;
  }
}

async function askToUpload(
  client: RegistryClient,
  digest: Digest,
  query: string,
  more: Pick<Call, 'accept' | 'alsoReads'>,
): Promise<HttpResponse> {
  const response = await client.call({
    method: 'POST',
    path: `blobs/uploads/${query}`,
    headers: { 'content-length': '0' },
    action,
    what: nameOf(client, digest),
    ...more,
  });
  await response.discard();
  return response;
}

function nameOf({ endpoint: { repository } }: RegistryClient, digest: string): string {
  return `blob ${digest} of ${repository}`;
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
    action,
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
