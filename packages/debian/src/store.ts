/**
 * Keeps .debs, and their uncompressed contents, between builds. `Store` of @nx-linuxkit/oci is a `BlobStore`.
 * Digests are `sha256:` and 64 lower-case hex digits.
 */
export interface BlobStore {
  /** Tells whether a blob is there. */
  has(digest: `sha256:${string}`): Promise<boolean>;
  /** Writes a blob and verifies its digest and size (bytes) meanwhile. Keeps nothing if they differ. */
  write(
    expect: { digest: `sha256:${string}`; size: number },
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<void>;
  /** Streams a blob. The end throws if the bytes no longer have the digest. */
  read(digest: `sha256:${string}`): AsyncIterable<Uint8Array>;
  /** Keeps the file that `produce` writes to a temporary path. Returns its final path. */
  put(kind: 'layer', key: string, produce: (temporary: string) => Promise<void>): Promise<string>;
  /** Returns the path of a file that was put under this key. */
  find(kind: 'layer', key: string): Promise<string | undefined>;
}

/** Hears of the bytes of a download while it goes on. */
export interface FetchProgress {
  /** Adds bytes that are to come. */
  expect(bytes: number): void;
  /** Adds bytes that have come. */
  count(bytes: number): void;
}
