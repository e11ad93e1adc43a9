import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileSource } from '@nx-linuxkit/tree';
import type { Content, FileSource } from '@nx-linuxkit/tree';

/** Files that exist for the time of one build: what is too large for memory and read again later. */
export class Scratch {
  private readonly sources: FileSource[] = [];

  private constructor(private readonly folder: string) {}

  static async make(): Promise<Scratch> {
    return new Scratch(await mkdtemp(join(tmpdir(), 'nx-linuxkit-image-')));
  }

  /** Writes bytes down; the content can be read until `remove`. */
  async keep(bytes: AsyncIterable<Uint8Array>): Promise<Content> {
    const path = join(this.folder, String(this.sources.length));
    await pipeline(Readable.from(bytes, { objectMode: false }), createWriteStream(path));
    const { size } = await stat(path);
    const source = fileSource(path, { id: path, size });
    this.sources.push(source);
    return { source, offset: 0, size };
  }

  async remove(): Promise<void> {
    await Promise.all(this.sources.map((source) => source.close()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Lends a scratch to `use`, and removes it whatever comes of that. */
export async function withScratch<T>(use: (scratch: Scratch) => Promise<T>): Promise<T> {
  const scratch = await Scratch.make();
  try {
    return await use(scratch);
  } finally {
    await scratch.remove();
  }
}
