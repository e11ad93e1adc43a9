import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { hexOf, OciError } from '@nx-linuxkit/oci';
import type { Fill } from '../chunks/record.js';
import type { Blob, Place, Range } from '../place/place.js';
import { joined, missing } from './intervals.js';

/** A file with parts of a pack, each at its place. */
interface LocalPack {
  readonly file: Promise<FileHandle>;
  present: Range[];
  /** The last of the reads from the place, which follow each other. */
  reading: Promise<unknown>;
  users: number;
}

/** Bytes. Packs that no entry needs at the moment are removed beyond this. */
const CAPACITY = 4 * 2 ** 30;

/**
 * The parts of packs that this process has read, in files: entries that share chunks fetch them once. They are not
 * verified here; each entry is, as a whole.
 */
export class LocalPacks {
  private readonly packs = new Map<string, LocalPack>();
  private size = 0;

  constructor(private readonly folder: string) {}

  /** Makes ranges of a pack readable until the returned function is called. */
  async hold(
    place: Place,
    blob: Blob,
    ranges: readonly Range[],
    deadline: number,
  ): Promise<() => Promise<void>> {
    const pack = this.packOf(blob);
    pack.users++;
    const release = async () => {
      pack.users--;
      await this.shrink();
    };
    const brought = pack.reading.then(() => this.bring(place, blob, pack, ranges, deadline));
    pack.reading = brought.catch(() => undefined);
    try {
      await brought;
      return release;
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** Forgets what was read of a pack, because it may be wrong. */
  forget({ digest }: Blob): void {
    const pack = this.packs.get(digest);
    if (pack) pack.present = [];
  }

  /** Reads a range that is present, part by part. */
  reader({ digest }: Blob, { start, end }: Range): Fill {
    const { file } = this.packs.get(digest)!;
    let at = start;
    return async (target) => {
      const { bytesRead } = await (await file).read(target, 0, Math.min(target.length, end - at), at);
      at += bytesRead;
      return bytesRead;
    };
  }

  /** Closes all files. */
  async close(): Promise<void> {
    for (const { file } of this.packs.values())
      await file.then((opened) => opened.close()).catch(() => undefined);
    this.packs.clear();
  }

  private packOf({ digest }: Blob): LocalPack {
    const known = this.packs.get(digest);
    if (known) return known;
    const path = join(this.folder, hexOf(digest));
    const made = { file: open(path, 'w+'), present: [], reading: Promise.resolve(), users: 0 };
    // `bring` reports the error.
    made.file.catch(() => this.packs.delete(digest));
    this.packs.set(digest, made);
    return made;
  }

  private async bring(
    place: Place,
    blob: Blob,
    pack: LocalPack,
    ranges: readonly Range[],
    deadline: number,
  ): Promise<void> {
    const file = await pack.file;
    for (const range of missing(joined(ranges), pack.present)) {
      const read = () =>
        place.read(
          blob,
          range,
          async (bytes, offset) => {
            for (let done = 0; done < bytes.length;) {
              done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
            }
          },
          deadline,
        );
      // A connection that breaks gets one more chance.
      await read().catch((error: unknown) => {
        if (error instanceof OciError && error.code === 'unreachable') return read();
        throw error;
      });
      this.size += range.end - range.start;
      pack.present = joined([...pack.present, range], 0);
    }
  }

  private async shrink(): Promise<void> {
    if (this.size <= CAPACITY) return;
    for (const [digest, pack] of this.packs) {
      if (pack.users > 0) continue;
      this.packs.delete(digest);
      for (const { start, end } of pack.present) this.size -= end - start;
      await pack.file.then((file) => file.close()).catch(() => undefined);
      await rm(join(this.folder, hexOf(digest as Blob['digest'])), { force: true });
    }
  }
}
