/**
 * Where .debs and what is derived from them lie between builds. `Store` of @nx-linuxkit/oci is one.
 * Digests are `sha256:<hex>`.
 */
export interface BlobStore {
  has(digest: `sha256:${string}`): Promise<boolean>;
  /** Verifies digest and size while streaming; nothing is kept when they differ. */
  write(
    expect: { digest: `sha256:${string}`; size: number },
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<void>;
  /** Fails at the end when the bytes are no longer those of the digest. */
  read(digest: `sha256:${string}`): AsyncIterable<Uint8Array>;
  /** A file that `produce` writes once; found again by its key. Returns its path. */
  put(kind: 'layer', key: string, produce: (temporary: string) => Promise<void>): Promise<string>;
  find(kind: 'layer', key: string): Promise<string | undefined>;
}
