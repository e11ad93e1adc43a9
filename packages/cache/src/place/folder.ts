import { open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { flush, hexOf, makeFolder, type Digest } from '@nx-linuxkit/oci';
import { randomBytes } from 'node:crypto';
import { CacheError } from '../error.js';
import { blobsOf, EMPTY, EMPTY_BLOB } from './manifest.js';
import type { Blob, Place, Range, Sink } from './place.js';

/** Bytes that are read at once. */
const READ_SIZE = 1 << 20;

/**
 * A folder, also of a file server, which several processes may use at once: files are complete when they get their names.
 * `tags/<tag>` are manifests and `blobs/<hex>` are blobs.
 */
export class FolderPlace implements Place {
  readonly name: string;
  readonly traffic = { up: 0, down: 0 };

  constructor(private readonly dir: string) {
    this.name = pathToFileURL(dir).href;
  }

  async isThere(): Promise<boolean> {
    return (await stat(this.dir).catch(ifMissing(undefined))) !== undefined;
  }

  async manifest(tag: string): Promise<Buffer | undefined> {
    const bytes = await readFile(this.tagFile(tag)).catch(ifMissing(undefined));
    this.traffic.down += bytes?.length ?? 0;
    return bytes;
  }

  async putManifest(tag: string, manifest: Buffer): Promise<void> {
    const blobs = blobsOf(manifest);
    await this.putBlob(EMPTY, async function* () {
      yield EMPTY_BLOB;
    });
    // A blob that an entry needs anew counts as new, so that `sweep` leaves it.
    for (const { digest } of blobs) await this.touch(digest);
    await this.write(this.tagFile(tag), [manifest]);
    // A sweep may have removed a blob meanwhile; then the entry must not stay.
    for (const blob of blobs) {
      if (await this.hasBlob(blob)) continue;
      await rm(this.tagFile(tag), { force: true });
      throw new CacheError('missing-blob', `${this.name} has no blob ${blob.digest} any more`);
    }
  }

  async hasBlob({ digest, size }: Blob): Promise<boolean> {
    const found = await stat(this.blobFile(digest)).catch(ifMissing(undefined));
    return found?.size === size;
  }

  async putBlob(blob: Blob, bytes: () => AsyncIterable<Uint8Array>): Promise<void> {
    if (await this.hasBlob(blob)) return this.touch(blob.digest);
    await this.write(this.blobFile(blob.digest), bytes());
  }

  async mountBlob(blob: Blob, from: Place): Promise<boolean> {
    if (!(from instanceof FolderPlace)) return false;
    if (await this.hasBlob(blob)) return true;
    if (!(await from.hasBlob(blob))) return false;
    const whole = { start: 0, end: blob.size };
    const file = await this.temporary();
    try {
      await from.read(blob, whole, async (bytes, offset) => {
        await file.handle.write(bytes, 0, bytes.length, offset);
      });
      await file.publish(this.blobFile(blob.digest));
    } finally {
      await file.discard();
    }
    return true;
  }

  async read({ digest }: Blob, { start, end }: Range, sink: Sink): Promise<void> {
    const handle = await open(this.blobFile(digest));
    try {
      const buffer = Buffer.allocUnsafe(Math.min(READ_SIZE, end - start));
      for (let at = start; at < end;) {
        const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, end - at), at);
        if (bytesRead === 0)
          throw new CacheError('damaged-entry', `blob ${digest} in ${this.name} is too short`);
        await sink(buffer.subarray(0, bytesRead), at);
        this.traffic.down += bytesRead;
        at += bytesRead;
      }
    } finally {
      await handle.close();
    }
  }

  async *tags(): AsyncGenerator<string> {
    yield* (await readdir(join(this.dir, 'tags')).catch(ifMissing([]))).sort();
  }

  async remove(tag: string): Promise<void> {
    await rm(this.tagFile(tag), { force: true });
  }

  async sweep(needed: ReadonlySet<Digest>, age: number): Promise<number> {
    const folder = join(this.dir, 'blobs');
    let freed = 0;
    for (const name of await readdir(folder).catch(ifMissing([]))) {
      if (needed.has(`sha256:${name}`)) continue;
      const found = await stat(join(folder, name)).catch(ifMissing(undefined));
      if (!found || Date.now() - found.mtimeMs < age) continue;
      await rm(join(folder, name), { force: true });
      freed += found.size;
    }
    return freed;
  }

  close(): void {}

  private tagFile(tag: string): string {
    return join(this.dir, 'tags', tag);
  }

  private blobFile(digest: Digest): string {
    return join(this.dir, 'blobs', hexOf(digest));
  }

  private async touch(digest: Digest): Promise<void> {
    const now = new Date();
    await utimes(this.blobFile(digest), now, now).catch(ifMissing(undefined));
  }

  private async write(path: string, bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    const file = await this.temporary();
    try {
      for await (const part of bytes) {
        await file.handle.writeFile(part);
        this.traffic.up += part.length;
      }
      await file.publish(path);
    } finally {
      await file.discard();
    }
  }

  private async temporary() {
    const folder = join(this.dir, 'tmp');
    for (const name of [folder, join(this.dir, 'tags'), join(this.dir, 'blobs')]) await makeFolder(name);
    const path = join(folder, randomBytes(12).toString('hex'));
    const handle = await open(path, 'wx');
    return {
      handle,
      /** The bytes are on the disk before the file has its name, so that a power loss leaves no half of it. */
      publish: async (target: string) => {
        await flush(handle);
        await handle.close();
        await rename(path, target);
      },
      discard: async () => {
        await handle.close().catch(() => undefined);
        await rm(path, { force: true });
      },
    };
  }
}

/** Returns `value` for what does not exist, and throws all other errors. */
function ifMissing<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    return value;
  };
}
