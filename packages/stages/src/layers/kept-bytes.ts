import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Checksum } from '@nx-linuxkit/oci';
import type { TarIndexer } from '@nx-linuxkit/tree/layer';

/** Up to here the bytes are kept before it is known whether they are wanted; a small layer always is. */
const UNDECIDED = 1 << 20;

/** What is read at random from a layer: a kernel, and the module tarball whose members are planned one by one. */
const WANTED = /^(kernel|bzImage|vmlinu[xz][^/]*|[^/]+\.tar)$/;

/**
 * Uncompressed bytes, kept beside the pass that indexes them, where something will want them: a layer with a
 * kernel is so inflated once less. All other layers are only ever read as their blobs, and dropped here. Blocks on the
 * file, as a thread may.
 */
export class KeptBytes {
  private file: number | undefined;
  private readonly undecided: Buffer[] = [];
  private size = 0;
  private sum = 0;
  private dropped = false;

  constructor(
    private readonly path: string,
    private readonly indexer: TarIndexer,
    private readonly always: boolean,
  ) {}

  /** The chunk may be lent. */
  write(chunk: Uint8Array): void {
    if (this.dropped) return;
    this.size += chunk.length;
    if (this.file !== undefined) return this.append(chunk);
    this.undecided.push(Buffer.from(chunk));
    if (this.size <= UNDECIDED) return;
    if (this.always || this.isWanted()) this.keep();
    else this.discard();
  }

  /** Of the file with all bytes, unless they were dropped. */
  finish(): Checksum | undefined {
    if (this.dropped) return undefined;
    if (this.file === undefined) this.keep();
    this.close();
    return { bytes: this.size, crc32: this.sum };
  }

  discard(): void {
    this.dropped = true;
    this.undecided.length = 0;
    if (this.file === undefined) return;
    this.close();
    rmSync(this.path, { force: true });
  }

  private keep(): void {
    this.file = openSync(this.path, 'wx');
    for (const chunk of this.undecided.splice(0)) this.append(chunk);
  }

  private append(chunk: Uint8Array): void {
    this.sum = crc32(chunk, this.sum);
    for (let at = 0; at < chunk.length;) at += writeSync(this.file as number, chunk, at);
  }

  private close(): void {
    closeSync(this.file as number);
    this.file = undefined;
  }

  private isWanted(): boolean {
    return this.indexer.seen.some(({ path }) => WANTED.test(path));
  }
}
