import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Checksum } from '@nx-linuxkit/oci';

/**
 * Bytes that are held until the decision: the names in them tell whether to keep the layer. A smaller layer is always
 * kept.
 */
const UNDECIDED = 1 << 20;

/** Files whose bytes are read at any offset: a kernel, and a module tarball, whose members are planned one by one. */
const WANTED = /^(kernel|bzImage|vmlinu[xz][^/]*|[^/]+\.tar)$/;

/**
 * Keeps the uncompressed bytes of a layer during the pass that indexes it, if something will read them: a layer with a
 * kernel is then inflated once less. All other layers are only read as blobs, so their bytes are dropped. Writes
 * synchronously, because it runs in a thread.
 */
export class KeptBytes {
  private file: number | undefined;
  private readonly undecided: Buffer[] = [];
  private size = 0;
  private sum = 0;
  private dropped = false;
  private isWanted = false;

  constructor(
    private readonly path: string,
    private readonly always: boolean,
  ) {}

  /** Looks at the path of an entry of the layer. Call it before `write` gets the bytes behind the entry's header. */
  see(path: string): void {
    this.isWanted ||= WANTED.test(path);
  }

  /** Copies what it needs: the caller may reuse the chunk. */
  write(chunk: Uint8Array): void {
    if (this.dropped) return;
    this.size += chunk.length;
    if (this.file !== undefined) return this.append(chunk);
    this.undecided.push(Buffer.from(chunk));
    if (this.size <= UNDECIDED) return;
    if (this.always || this.isWanted) this.keep();
    else this.discard();
  }

  /** The checksum of the file with all bytes; undefined when they were dropped. */
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
}
