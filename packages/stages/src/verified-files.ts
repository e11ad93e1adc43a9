import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { open, writeFile, type FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { hashFile, type Hashed } from '@nx-linuxkit/deflate';
import { sightingOf, type Sighting, type Store } from '@nx-linuxkit/oci';
import type { SealedFile } from './seal.js';

/** Bytes up to which a file is hashed by this thread: starting another takes as long as hashing it. */
export const HASHED_HERE = 1 << 25;
/** Bytes of one read: as many as processors' caches keep. */
const PIECE = 1 << 18;

/** What identifies an open file before it is read, and the name under which the store notes it. */
interface NamedSighting extends Sighting {
  readonly key: string;
}

/**
 * Knows which files of this machine have the bytes that their seals name, so that a segment is hashed once and not
 * for each format of each build. A file that is restored from a cache is a new file.
 */
export class VerifiedFiles {
  /** Keys that the store is known to have. */
  private readonly known = new Set<string>();

  constructor(private readonly store: Store) {}

  /** Tells whether a file has the bytes that its seal names. Reads all of them, unless it knows, and knows it then. */
  async holds(file: FileHandle, sealed: SealedFile): Promise<boolean> {
    const { size, sha256 } = sealed;
    const sighting = await this.sight(file, sealed);
    if (await this.knows(sighting)) return true;
    const actual = await (size > HASHED_HERE ? hashFile(file.fd) : hashHere(file));
    if (actual.bytes !== size || actual.sha256 !== sha256) return false;
    await this.remember(sighting, file, sealed);
    return true;
  }

  /** Identifies an open file. Take the sighting before you read the file. */
  async sight(file: FileHandle, { size, sha256 }: SealedFile): Promise<NamedSighting> {
    const sighting = sightingOf(await file.stat({ bigint: true }));
    const key = createHash('sha256').update(`${sha256} ${size} ${sighting.identity}`).digest('hex');
    return { ...sighting, key };
  }

  /** Tells whether the file was verified before. */
  async knows({ key }: NamedSighting): Promise<boolean> {
    if (!this.known.has(key) && (await this.store.find('verified', key))) this.known.add(key);
    return this.known.has(key);
  }

  /** Notes a file that was read and found right, if it is still the file that was sighted before. */
  async remember(before: NamedSighting, file: FileHandle, sealed: SealedFile): Promise<void> {
    const { key } = await this.sight(file, sealed);
    if (before.settled && key === before.key) await this.note(key);
  }

  /** Notes a file that this process has just written and hashed, while no other process knows its name. */
  async wrote(path: string, sealed: SealedFile): Promise<void> {
    const file = await open(path);
    try {
      await this.note((await this.sight(file, sealed)).key);
    } finally {
      await file.close();
    }
  }

  private async note(key: string): Promise<void> {
    this.known.add(key);
    await this.store.put('verified', key, (path) => writeFile(path, ''));
  }
}

async function hashHere({ fd }: FileHandle): Promise<Hashed> {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafeSlow(PIECE);
  for (let bytes = 0; ; await setImmediate()) {
    const count = readSync(fd, piece, 0, PIECE, bytes);
    if (count === 0) return { bytes, sha256: hash.digest('hex') };
    hash.update(piece.subarray(0, count));
    bytes += count;
  }
}
