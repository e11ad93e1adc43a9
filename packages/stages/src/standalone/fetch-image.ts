import {
  ImageNames,
  OciError,
  attestationManifests,
  copyImage,
  openImageSource,
  parseIndex,
  parseManifest,
  parsePlatform,
  type Digest,
  type ImageSource,
  type LockedImage,
  type Resolved,
  type Store,
} from '@nx-linuxkit/oci';
import { writeDocument } from '../layers/blob-document.js';

/** Errors of a place that lacks an image, or has it in another form: the next place is asked. */
const ABSENT = [
  'not-found',
  'unknown-platform',
  'platform-mismatch',
  'digest-mismatch',
  'size-mismatch',
  'truncated',
];

/** Gives undefined where a place does not have what was asked for. */
export function ifAbsent(error: unknown): undefined {
  if (error instanceof OciError && ABSENT.includes(error.code)) return undefined;
  throw error;
}

/** An image of the store, as a source: the store is an OCI layout. `name` is the image in messages. */
export function storedSource(store: Store, digest: Digest, name: string): Promise<ImageSource> {
  return openImageSource({ transport: 'oci', text: name, path: store.dir, digest });
}

/** Resolves an image of a source for a platform, and keeps its documents, so that no later stage asks for them. */
export async function keepDocuments(
  store: Store,
  source: ImageSource,
  platform: string,
): Promise<{ readonly resolved: Resolved; readonly locked: LockedImage }> {
  const resolved = await source.resolve(parsePlatform(platform));
  const { digest, index, indexBytes, manifest, config } = resolved;
  const documents: [Digest, Buffer][] = [
    [digest, manifest],
    [parseManifest(manifest).config.digest, config],
    ...(index && indexBytes ? [[index, indexBytes] as [Digest, Buffer]] : []),
  ];
  for (const [of, bytes] of documents)
    if (!(await store.has(of, bytes.length))) await writeDocument(store, of, bytes);
  return { resolved, locked: { digest, ...(index ? { index } : {}) } };
}

/** Copies what BuildKit has attached to an image: no registry may have it. A layout without it has a part of the image. */
async function takeAttestations(store: Store, source: ImageSource, resolved: Resolved): Promise<void> {
  const { digest, indexBytes } = resolved;
  if (!indexBytes) return;
  for (const attested of attestationManifests(parseIndex(indexBytes), digest))
    await copyImage(store, source, attested.digest).catch(ifAbsent);
}

/** The image that a name of the store stands for, if the store has its documents for the platform. */
export async function namedInStore(
  store: Store,
  name: string,
  platform: string,
): Promise<LockedImage | undefined> {
  const named = await new ImageNames(store).get(name);
  if (!named) return undefined;
  const source = await storedSource(store, named.digest, name);
  try {
    const { digest, index } = await source.resolve(parsePlatform(platform));
    return { digest, ...(index ? { index } : {}) };
  } catch (error) {
    return ifAbsent(error);
  } finally {
    await source.close();
  }
}

/** Copies an image, whole for one platform, out of a layout that another program wrote, such as LinuxKit's cache. */
export async function takeFromLayout(
  store: Store,
  layout: string,
  name: string,
  platform: string,
): Promise<LockedImage | undefined> {
  const at = name.lastIndexOf('@');
  const digest = at < 0 ? undefined : (name.slice(at + 1) as Digest);
  const source = await openImageSource({
    transport: 'oci',
    text: `${name} in ${layout}`,
    path: layout,
    name,
    digest,
  });
  try {
    const { resolved, locked } = await keepDocuments(store, source, platform);
    for (const layer of parseManifest(resolved.manifest).layers)
      if (!(await store.has(layer.digest, layer.size))) await store.write(layer, source.blob(layer));
    await takeAttestations(store, source, resolved);
    return locked;
  } catch (error) {
    return ifAbsent(error);
  } finally {
    await source.close();
  }
}
