import { createHash } from 'node:crypto';
import { open, writeFile, type FileHandle } from 'node:fs/promises';
import { sightingOf, type Sighting, type Store } from '@nx-linuxkit/oci';

/** An open file as it is before it is looked at, and the name under which the store notes it. */
interface NamedSighting extends Sighting {
  readonly key: string;
}

/**
 * Which files of this machine are known to have the bytes that their seals name, so that a segment is hashed once
 * and not for each format of each build. A file that comes back from a cache is a new one.
 */
export class VerifiedFiles {
  constructor(private readonly store: Store) {}

  async sight(file: FileHandle, sha256: string): Promise<NamedSighting> {
    const sighting = sightingOf(await file.stat({ bigint: true }));
    const key = createHash('sha256').update(`${sha256} ${sighting.identity}`).digest('hex');
    return { ...sighting, key };
  }

  async knows({ key }: NamedSighting): Promise<boolean> {
    return (await this.store.find('verified', key)) !== undefined;
  }

  /** After all of it was read and found right, when it is still the file that was sighted before. */
  async remember(before: NamedSighting, file: FileHandle, sha256: string): Promise<void> {
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
