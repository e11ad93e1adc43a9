import { OciError, collect, type Digest, type Store } from '@nx-linuxkit/oci';

/** The OCI distribution specification has registries take manifests of 4 MiB. */
const DOCUMENT_LIMIT = 4 << 20;

/** A manifest, index or config out of the store; undefined where the store lacks it or had a damaged copy. */
export async function readDocument(store: Store, digest: Digest): Promise<Buffer | undefined> {
  if (!(await store.has(digest))) return undefined;
  return collect(store.read(digest), DOCUMENT_LIMIT, digest).catch((error: unknown) => {
    // Reading has removed the damaged copy.
    if (error instanceof OciError && error.code === 'digest-mismatch') return undefined;
    throw error;
  });
}

/** Puts a document into the store, which verifies it. */
export function writeDocument(store: Store, digest: Digest, bytes: Buffer): Promise<void> {
  return store.write(
    { digest, size: bytes.length },
    (async function* () {
      yield bytes;
    })(),
  );
}
