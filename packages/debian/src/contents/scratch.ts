import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileSource } from '@nx-linuxkit/tree';
import type { Content, FileSource } from '@nx-linuxkit/tree';

/** Keeps files for the time of one build that are too large for memory and are read again later. */
export class Scratch {
  private readonly sources: FileSource[] = [];

  private constructor(private readonly folder: string) {}

  /** Makes a folder in the system's folder for temporary files. */
  static async make(): Promise<Scratch> {
    return new Scratch(await mkdtemp(join(tmpdir(), 'nx-linuxkit-image-')));
  }

  /** Writes bytes to a file; the returned content can be read until `remove`. */
  async keep(bytes: AsyncIterable<Uint8Array>): Promise<Content> {
    const path = join(this.folder, String(this.sources.length));
    await pipeline(Readable.from(bytes, { objectMode: false }), createWriteStream(path));
    const { size } = await stat(path);
    const source = fileSource(path, { id: path, size });
    this.sources.push(source);
    return { source, offset: 0, size };
  }

  /** Removes all files. */
  async remove(): Promise<void> {
    await Promise.all(this.sources.map((source) => source.close()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Calls `use` with a scratch, which is removed when the call ends or fails. */
export async function withScratch<T>(use: (scratch: Scratch) => Promise<T>): Promise<T> {
  const scratch = await Scratch.make();
  try {
    return await use(scratch);
  } finally {
    await scratch.remove();
  }
}
