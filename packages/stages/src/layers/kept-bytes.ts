import { open, rm, type FileHandle } from 'node:fs/promises';
import type { TarIndexer } from '@nx-linuxkit/tree';

/** Up to here the bytes are kept before it is known whether they are wanted; a small layer always is. */
const UNDECIDED = 8 << 20;

/** What is read at random from a layer: a kernel, and the module tarball whose members are planned one by one. */
const WANTED = /^(kernel|bzImage|vmlinu[xz][^/]*|[^/]+\.tar)$/;

/**
 * Uncompressed bytes, kept beside the pass that indexes them, where something will want them: a layer with a
 * kernel is so inflated once less. All other layers are only ever read as their blobs, and dropped here.
 */
export class KeptBytes {
  private handle: FileHandle | undefined;
  private size = 0;
  private dropped = false;

  constructor(
    private readonly path: string,
    private readonly indexer: TarIndexer,
  ) {}

  async write(chunk: Uint8Array): Promise<void> {
    if (this.dropped) return;
    if (this.size > UNDECIDED && !this.isWanted()) return this.discard();
    this.handle ??= await open(this.path, 'wx');
    await this.handle.writev([chunk]);
    this.size += chunk.length;
  }

  /** The file with all bytes, if they were kept. */
  async finish(): Promise<string | undefined> {
    if (this.dropped || !this.handle) return undefined;
    await this.handle.close();
    this.handle = undefined;
    return this.path;
  }

  async discard(): Promise<void> {
    this.dropped = true;
    await this.handle?.close();
    this.handle = undefined;
    await rm(this.path, { force: true });
  }

  private isWanted(): boolean {
    return this.indexer.seen.some(({ path }) => WANTED.test(path));
  }
}
