import type { Digest } from '../digest.js';
import type { Expected } from '../verify.js';

export type DerivedKind = 'layer' | 'index' | 'part' | 'result';

export interface PruneOptions {
  /** What was last used before is removed. */
  readonly before: Date;
  /** Blobs too, which can be fetched again; default: derived things alone. */
  readonly blobs?: boolean;
}

export interface PruneResult {
  readonly files: number;
  readonly bytes: number;
}

export class Store {
  private constructor(readonly dir: string) {}

  /** Default: NX_LINUXKIT_STORE, else `nx-linuxkit` in the user's cache folder. */
  static open(dir = 'x'): Store {
    return new Store(dir);
  }
  /** Is the blob there, with this size if one is given? Its bytes are verified when they are read. */
  async has(_digest: Digest, _size?: number): Promise<boolean> {
    throw new Error('to come');
  }
  blobPath(_digest: Digest): string {
    throw new Error('to come');
  }
  /** Verified while streaming; all or nothing. */
  async write(_expect: Expected, _bytes: AsyncIterable<Uint8Array>): Promise<void> {
    throw new Error('to come');
  }
  /** Throws digest-mismatch at the end and removes the blob when its bytes are not what its name says. */
  read(_digest: Digest): AsyncIterable<Uint8Array> {
    throw new Error('to come');
  }
  /** A fresh path in the store's own folder for temporary files, on the same file system. */
  temp(): string {
    throw new Error('to come');
  }
  derived(_kind: DerivedKind, _key: string): string {
    throw new Error('to come');
  }
  async put(
    _kind: DerivedKind,
    _key: string,
    _produce: (tempPath: string) => Promise<void>,
  ): Promise<string> {
    throw new Error('to come');
  }
  async find(_kind: DerivedKind, _key: string): Promise<string | undefined> {
    throw new Error('to come');
  }
  async prune(_options: PruneOptions): Promise<PruneResult> {
    throw new Error('to come');
  }
}
