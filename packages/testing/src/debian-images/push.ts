import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DebianImages } from './image-layout.js';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly annotations?: Record<string, string>;
}
interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

const TAG = '1';

/**
 * Pushes images to a registry as `test/<name>:1` and returns their references by name. It sends the requests itself,
 * so that the code under test does not prepare its own test.
 */
export async function pushDebianImages(
  { layout, images }: DebianImages,
  host: string,
  names: readonly string[] = images.map(({ name }) => name),
): Promise<Map<string, string>> {
  const blob = (digest: string) => readFile(join(layout, 'blobs', digest.replace(':', '/')));
  const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as { manifests: Descriptor[] };
  const references = new Map<string, string>();
  for (const name of names) {
    const descriptor = index.manifests.find(
      (one) => one.annotations?.['org.opencontainers.image.ref.name'] === name,
    );
    if (!descriptor) throw new Error(`there is no test image ${name}`);
    const repository = `http://${host}/v2/test/${name}`;
    const bytes = await blob(descriptor.digest);
    const { config, layers } = JSON.parse(bytes.toString()) as Manifest;
    for (const { digest } of [config, ...layers]) await pushBlob(repository, digest, () => blob(digest));
    await send(`${repository}/manifests/${TAG}`, 'PUT', bytes, descriptor.mediaType);
    references.set(name, `${host}/test/${name}:${TAG}`);
  }
  return references;
}

async function pushBlob(repository: string, digest: string, read: () => Promise<Buffer>): Promise<void> {
  const { ok } = await fetch(`${repository}/blobs/${digest}`, { method: 'HEAD' });
  if (ok) return;
  const upload = await send(`${repository}/blobs/uploads/`, 'POST');
  const location = new URL(upload.headers.get('location') ?? '', repository);
  location.searchParams.set('digest', digest);
  await send(location.href, 'PUT', await read(), 'application/octet-stream');
}

async function send(url: string, method: string, body?: Buffer, type?: string): Promise<Response> {
  const response = await fetch(url, {
    method,
    ...(body && { body: new Uint8Array(body), headers: { 'content-type': type ?? '' } }),
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return response;
}
