/**
 * Keeps compressed blocks between builds, by keys that the plain bytes and the method decide. What it gives must be what
 * was put under the key, or nothing: readers check only the shape.
 */
export interface BlockStore {
  /** Undefined for a key under which nothing is kept. A key has 64 hexadecimal digits. */
  find(key: string): Promise<Buffer | undefined>;
  /** Keeps bytes for later builds, if it can. */
  put(key: string, bytes: Buffer): Promise<void>;
}
