import { createHash } from 'node:crypto';
import { readFile, rm, stat, utimes } from 'node:fs/promises';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { OciError } from '../error.js';
import { hexOf, quote, type Digest } from '../digest.js';
import { Lazy } from '../lazy.js';
import { expectDigest, VerifiedBytes, type Expected } from '../verify.js';
import { diskError, isMissing, onDisk } from './disk.js';
import { defaultStoreDir, storeMode } from './location.js';
import { initLayout } from './layout.js';
import { makeFolder } from './make-folder.js';
import { prune, type PruneOptions, type PruneResult } from './prune.js';
import { sealLine, sealOf, type Checksum } from './seal.js';
import { sightingOf } from './sighting.js';
import { freshName, publish, removeStale, writeFile } from './temporary.js';

/**
 * The kinds of derived files. `layer`: an uncompressed layer. `index`: the entries of a layer. `part`: a share of an
 * initramfs. `blocks`: compressed blocks of a format. `result`: a result of a stage. `verified`: a note that a file outside of
 * the store was verified.
 */
export type DerivedKind = 'layer' | 'index' | 'part' | 'blocks' | 'result' | 'verified';

/** A reader that reads a blob while it is being written, and that computes its digest. */
export interface ReadAlong {
  /**
   * Called whenever the temporary file `path` holds `size` bytes of the blob. They are not verified before the end,
   * and the file is renamed or removed after `digest`.
   */
  grew(path: string, size: number): void;
  /** Called once all bytes are written. Returns their digest, or undefined if the reader failed. */
  digest(): Promise<Digest | undefined>;
}

/** A key becomes a file name, also on file systems that ignore case. */
const KEY = /^[a-z0-9][a-z0-9._-]{0,199}$/;
/** Bytes of one read: enough that the number of system calls does not matter. */
const READ_SIZE = 1 << 20;
/** Bytes. Reading a file of this size again takes no longer than noting that it was read. */
const SMALL = 1 << 20;

/**
 * Holds blobs as they were fetched, in an OCI image layout, and files that were derived from them. Several processes
 * share a store without locks: each writes to a file of its own and renames it, and equal names have equal bytes. Where
 * they do not, as in what `blocks` notes from build to build, a file with the seal of another process counts as missing.
 *
 * Everything is verified: a blob is hashed whenever it is read. A derived file is compared with its seal when it is
 * first found, and again if it is no longer the same file (see `sightingOf`).
 *
 * Methods throw `disk-full`, `no-permission` or `store-error` where the disk refuses.
 */
export class Store {
  /** The store's folder. */
  readonly dir: string;
  private readonly ready = new Lazy(() => this.prepare());

  private constructor(dir: string) {
    this.dir = dir;
  }

  /**
   * Opens the store in a folder without touching the disk; the folder is made by the first write. Default:
   * NX_LINUXKIT_STORE, or without it `nx-linuxkit` in the user's folder for caches.
   */
  static open(dir: string = defaultStoreDir()): Store {
    return new Store(resolve(dir));
  }

  /** Tells whether a blob is there, and has this size if one is given. Its bytes are verified when they are read. */
  async has(digest: Digest, size?: number): Promise<boolean> {
    const path = this.blobPath(digest);
    const found = await onDisk(this.dir, () => stat(path).catch(ignoreMissing));
    if (found === undefined || (size !== undefined && found.size !== size)) return false;
    await markUsed(path, found.mtimeMs);
    return true;
  }

  /** Returns the path of a blob, whether it exists or not. */
  blobPath(digest: Digest): string {
    return join(this.dir, 'blobs', 'sha256', hexOf(digest));
  }

  /**
   * Writes a blob, which is verified while it streams, or by the digest that `reader` computes. A blob that is not as
   * expected throws `digest-mismatch`, `size-mismatch` or `truncated`, and nothing is kept of it.
   */
  async write(expect: Expected, bytes: AsyncIterable<Uint8Array>, reader?: ReadAlong): Promise<void> {
    const path = this.blobPath(expect.digest);
    const verified = VerifiedBytes.of(bytes, expect);
    await this.atomically(async (temp) => {
      if (reader) {
        await writeFile(temp, verified.unhashed(), true, (size) => reader.grew(temp, size));
        const digest = await reader.digest();
        if (digest) expectDigest(digest, expect.digest, `blob ${expect.digest}`);
        else await readToEnd(VerifiedBytes.of(fileBytes(temp), expect));
      } else {
        await writeFile(temp, verified, true);
      }
      await publish(temp, path);
    });
  }

  /**
   * Streams a blob. If its bytes do not have its digest, it is removed and the end of the stream throws
   * `digest-mismatch`. Throws `not-found` if there is no such blob.
   */
  async *read(digest: Digest): AsyncGenerator<Uint8Array, void> {
    const path = this.blobPath(digest);
    const { size, mtimeMs } = await stat(path).catch((cause) => {
      throw isMissing(cause)
        ? new OciError('not-found', `the store has no blob ${digest}`, { cause })
        : diskError(this.dir, cause);
    });
    await markUsed(path, mtimeMs);
    try {
      yield* VerifiedBytes.of(fileBytes(path), { digest, size }, 'stored blob');
    } catch (error) {
      if (error instanceof OciError) await rm(path, { force: true });
      throw diskError(this.dir, error);
    }
  }

  /** Returns a path for a new temporary file, in a folder that exists and is on the store's file system. */
  async temp(): Promise<string> {
    await onDisk(this.dir, () => this.ready.get());
    return join(this.dir, 'tmp', freshName());
  }

  /** Returns the path of a derived file, whether it exists or not. Throws `store-error` for a key that is no file name. */
  derived(kind: DerivedKind, key: string): string {
    const name = key.replace(/^sha256:/, '');
    if (!KEY.test(name)) throw new OciError('store-error', `${quote(key)} cannot name a derived file`);
    return join(this.dir, 'derived', kind, shardOf(name), name);
  }

  /**
   * Lets `produce` write a temporary file, then seals and renames it; returns its path. The file is read again for the
   * seal, unless `produce` returns the checksum of what it wrote. There is no fsync: a file that a crash cut short does
   * not match its seal and is made again.
   */
  async put(
    kind: DerivedKind,
    key: string,
    produce: (tempPath: string) => Promise<Checksum | void>,
  ): Promise<string> {
    const path = this.derived(kind, key);
    await this.atomically(async (temp) => {
      const written = await produce(temp);
      const seal = written ? sealLine(written) : await sealOf(temp);
      await publish(temp, path);
      await writeFile(`${temp}.seal`, textBytes(seal), false);
      await publish(`${temp}.seal`, `${path}.seal`);
    });
    return path;
  }

  /** Returns the path of a derived file that matches its seal. One that does not match is removed. */
  find(kind: DerivedKind, key: string): Promise<string | undefined> {
    return onDisk(this.dir, () => this.findSealed(kind, key));
  }

  /**
   * Returns the bytes of a derived file that matches its seal, which are read once. One that does not match is removed. It
   * reads by blocking calls: a format reads tens of files of a MB, and waking threads for each takes longer than the files.
   */
  readDerived(kind: DerivedKind, key: string): Promise<Buffer | undefined> {
    const path = this.derived(kind, key);
    return onDisk(this.dir, async () => {
      const seal = unlessMissing(() => readFileSync(`${path}.seal`, 'utf8'));
      const bytes = seal === undefined ? undefined : unlessMissing(() => readFileSync(path));
      if (seal === undefined || bytes === undefined) return undefined;
      if (!seal.startsWith(sealLine({ bytes: bytes.length, crc32: crc32(bytes) }))) {
        await this.drop(kind, key);
        return undefined;
      }
      await markUsed(`${path}.seal`, unlessMissing(() => statSync(`${path}.seal`))?.mtimeMs);
      return bytes;
    });
  }

  private async findSealed(kind: DerivedKind, key: string): Promise<string | undefined> {
    const path = this.derived(kind, key);
    const seal = await readFile(`${path}.seal`, 'utf8').catch(ignoreMissing);
    if (seal === undefined) return undefined;
    if (!(await this.matchesSeal(path, seal))) {
      await this.drop(kind, key);
      return undefined;
    }
    // The time of last use is kept at the seal, because the file itself may be hard-linked into outputs.
    await markUsed(`${path}.seal`);
    return path;
  }

  /**
   * Compares a file with its seal by reading all of it, unless the seal notes that this very file was compared
   * before. A large file that matches is noted for the next time.
   */
  private async matchesSeal(path: string, seal: string): Promise<boolean> {
    const [checksum, seen] = [/^crc32 .*\n/.exec(seal)?.[0], /^seen .*\n/m.exec(seal)?.[0]];
    const size = Number(checksum?.split(' ')[1]);
    const before = await seenOf(path);
    if (before !== undefined && before === seen) return true;
    const actual = await sealOf(path).catch(ignoreMissing);
    if (actual === undefined || actual !== checksum) return false;
    if (before !== undefined && size > SMALL && before === (await seenOf(path)))
      await this.noteSeen(path, checksum + before);
    return true;
  }

  /** Notes in the seal which file was read. A failure is ignored: the note only saves reading. */
  private async noteSeen(path: string, seal: string): Promise<void> {
    await this.atomically(async (temp) => {
      await writeFile(`${temp}.seal`, textBytes(seal), false);
      await publish(`${temp}.seal`, `${path}.seal`);
    }).catch(() => undefined);
  }

  /** Removes a derived file. Its seal goes first, so that a file without one is never taken for complete. */
  async drop(kind: DerivedKind, key: string): Promise<void> {
    const path = this.derived(kind, key);
    await onDisk(this.dir, async () => {
      await rm(`${path}.seal`, { force: true });
      await rm(path, { force: true });
    });
  }

  /** Removes files that were not used lately. */
  prune(options: PruneOptions): Promise<PruneResult> {
    return onDisk(this.dir, () => prune(this.dir, options));
  }

  private async atomically(work: (temp: string) => Promise<void>): Promise<void> {
    const temp = await this.temp();
    await onDisk(this.dir, async () => {
      try {
        await work(temp);
      } finally {
        await rm(temp, { force: true, recursive: true });
        await rm(`${temp}.seal`, { force: true });
      }
    });
  }

  /** Makes the store's folders and files, and removes what killed processes left. */
  private async prepare(): Promise<void> {
    await makeFolder(this.dir, storeMode(this.dir));
    await makeFolder(join(this.dir, 'tmp'));
    await initLayout(this.dir);
    await removeStale(join(this.dir, 'tmp'));
  }
}

/** Names are spread over folders by their hashes, because many begin alike. Two digits give 256 folders. */
function shardOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 2);
}

/** Milliseconds. Knowing the hour of the last use is enough for `prune`. */
const NOTED = 3600_000 / 4;

/**
 * Notes the time of use as the time of the file, because many file systems do not keep the time of access. `before` is the
 * time that it has, if that is known. A failure is ignored: the store may be read-only.
 */
async function markUsed(path: string, before = 0): Promise<void> {
  const now = new Date();
  if (now.getTime() - before > NOTED) await utimes(path, now, now).catch(() => undefined);
}

/** Returns the line that notes a file in its seal; undefined if the file is missing or changed only just now. */
async function seenOf(path: string): Promise<string | undefined> {
  const stats = await stat(path, { bigint: true }).catch(ignoreMissing);
  const { identity, settled } = stats ? sightingOf(stats) : { identity: '', settled: false };
  return settled ? `seen ${identity}\n` : undefined;
}

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    return ignoreMissing(error);
  }
}

function ignoreMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
  return undefined;
}

function fileBytes(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: READ_SIZE });
}

async function readToEnd(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of bytes) void chunk;
}

async function* textBytes(text: string): AsyncGenerator<Uint8Array, void> {
  yield Buffer.from(text);
}
