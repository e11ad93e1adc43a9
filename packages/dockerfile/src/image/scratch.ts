import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileSource, type FileSource } from '@nx-linuxkit/tree';

/** Files of one build that are too large for memory. Their names are numbers: no image chooses one. */
export class Scratch {
  private readonly sources: FileSource[] = [];

  private constructor(readonly folder: string) {}

  /** Calls `use` with a folder, which is removed when the call ends or fails. */
  static async with<T>(use: (scratch: Scratch) => Promise<T>): Promise<T> {
    const scratch = new Scratch(await mkdtemp(join(tmpdir(), 'nx-linuxkit-dockerfile-')));
    try {
      return await use(scratch);
    } finally {
      await Promise.all(scratch.sources.map((source) => source.close()));
      await rm(scratch.folder, { recursive: true, force: true });
    }
  }

  /** Writes bytes to a file, which can be read until the scratch is removed. */
  async keep(bytes: AsyncIterable<Uint8Array>): Promise<FileSource> {
    const path = join(this.folder, String(this.sources.length));
    // The place is taken before the first wait, because layers are written side by side.
    const placeholder = fileSource(path, { id: path, size: 0 });
    const at = this.sources.push(placeholder) - 1;
    await pipeline(Readable.from(bytes, { objectMode: false }), createWriteStream(path));
    return (this.sources[at] = fileSource(path, { id: path, size: (await stat(path)).size }));
  }
}
