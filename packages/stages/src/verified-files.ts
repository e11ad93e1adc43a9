import { createHash } from 'node:crypto';
import { open, writeFile, type FileHandle } from 'node:fs/promises';
import type { Store } from '@nx-linuxkit/oci';

/** Milliseconds that a file must have been left alone: within one tick of the clock a change does not show. */
const SETTLED = 100;

/** An open file as it is before it is looked at. */
export interface Sighting {
  readonly key: string;
  readonly settled: boolean;
}

/**
 * Which files of this machine are known to have the bytes that their seals name, so that a segment is hashed once
 * and not for each format of each build. As git does it, a file is taken for the same while its inode, its size and
 * its times to the nanosecond are: whatever writes to it changes its ctime, which no program can set. A file that
 * comes back from a cache is a new one.
 */
export class VerifiedFiles {
  constructor(private readonly store: Store) {}

  async sight(file: FileHandle, sha256: string): Promise<Sighting> {
    const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = await file.stat({ bigint: true });
    const identity = [sha256, dev, ino, size, mtimeNs, ctimeNs].join(' ');
    const key = createHash('sha256').update(identity).digest('hex');
    return { key, settled: Date.now() - Number(ctimeMs) > SETTLED };
  }

  async knows({ key }: Sighting): Promise<boolean> {
    return (await this.store.find('verified', key)) !== undefined;
  }

  /** After all of it was read and found right, when it is still the file that was sighted before. */
  async remember(before: Sighting, file: FileHandle, sha256: string): Promise<void> {
    const { key } = await this.sight(file, sha256);
    if (before.settled && key === before.key) await this.note(key);
  }

  /** Of a file that this process has just written and hashed, under a name that nobody knows yet. */
  async wrote(path: string, sha256: string): Promise<void> {
    const file = await open(path);
    try {
      await this.note((await this.sight(file, sha256)).key);
    } finally {
      await file.close();
    }
  }

  private async note(key: string): Promise<void> {
    await this.store.put('verified', key, (path) => writeFile(path, ''));
  }
}
