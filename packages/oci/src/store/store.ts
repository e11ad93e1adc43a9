import { mkdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { join, resolve } from 'node:path';
import { OciError } from '../error.js';
import { hexOf, quote, type Digest } from '../digest.js';
import { expectDigest, VerifiedBytes, type Expected } from '../verify.js';
import { isMissing, onDisk } from './disk.js';
import { defaultStoreDir } from './location.js';
import { initLayout } from './layout.js';
import { prune, type PruneOptions, type PruneResult } from './prune.js';
import { sealLine, sealOf, type Checksum } from './seal.js';
import { sightingOf } from './sighting.js';
import { freshName, publish, removeStale, writeFile } from './temporary.js';

/**
 * `layer`: uncompressed, by diffID. `index`: its entries. `part`: a share of an initramfs. `result`: of a stage.
 * `verified`: that a file elsewhere was found to be what it should be.
 */
export type DerivedKind = 'layer' | 'index' | 'part' | 'result' | 'verified';

/** Who reads a blob along while it is written, and hashes it. */
export interface ReadAlong {
  /** Where the bytes lie until they have their name, and how many are there: not to be believed before the end. */
  grew(path: string, size: number): void;
  /** All are there: what is their digest? Undefined from a reader that failed. */
  digest(): Promise<Digest | undefined>;
}

/** A key becomes a file name, on file systems without case too. */
const KEY = /^[a-z0-9][a-z0-9._-]{0,199}$/;
const READ_SIZE = 1 << 20;
/** Up to here reading a file again takes no longer than noting that it was read. */
const SMALL = 1 << 20;

/**
 * Blobs as fetched, in an OCI image layout, and what was derived from them. Several processes share one without
 * locks: each writes under a name of its own and renames, and equal names have equal bytes. Nothing in it is
 * believed: a blob is hashed as it is read, a derived file is compared with its seal when it is first found, and
 * again whenever it is not the file that was compared.
 */
export class Store {
  readonly dir: string;
  private ready?: Promise<void>;

  private constructor(dir: string) {
    this.dir = dir;
  }

  /** Touches no disk. Default: NX_LINUXKIT_STORE, else `nx-linuxkit` in the user's cache folder. */
  static open(dir: string = defaultStoreDir()): Store {
    return new Store(resolve(dir));
  }

  /** Is the blob there, with this size if one is given? Its bytes are verified when they are read. */
  async has(digest: Digest, size?: number): Promise<boolean> {
    const found = await stat(this.blobPath(digest)).catch((error) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    return found !== undefined && (size === undefined || found.size === size);
  }

  blobPath(digest: Digest): string {
    return join(this.dir, 'blobs', 'sha256', hexOf(digest));
  }

  /** Verified while streaming, or by the hash of a reader; all or nothing. */
  async write(expect: Expected, bytes: AsyncIterable<Uint8Array>, reader?: ReadAlong): Promise<void> {
    const path = this.blobPath(expect.digest);
    const verified = VerifiedBytes.of(bytes, expect);
    await this.atomically(async (temp) => {
      if (reader) {
        await writeFile(temp, verified.unhashed(), true, (size) => reader.grew(temp, size));
        const digest = await reader.digest();
        if (digest) expectDigest(digest, expect.digest, `blob ${expect.digest}`);
        else await readToEnd(VerifiedBytes.of(bytesOf(temp), expect));
      } else {
        await writeFile(temp, verified, true);
      }
      await publish(temp, path);
    });
  }

  /** The blob; throws `digest-mismatch` at its end, and removes it, when its bytes are not what its name says. */
  async *read(digest: Digest): AsyncGenerator<Uint8Array, void> {
    const path = this.blobPath(digest);
    const { size } = await stat(path).catch((cause) => {
      throw isMissing(cause)
        ? new OciError('not-found', `the store has no blob ${digest}`, { cause })
        : cause;
    });
    try {
      yield* VerifiedBytes.of(bytesOf(path), { digest, size }, 'stored blob');
    } catch (error) {
      if (error instanceof OciError) await rm(path, { force: true });
      throw error;
    }
  }

  /** A fresh path in the store's own folder for temporary files, which is there then, on the same file system. */
  async temp(): Promise<string> {
    await onDisk(this.dir, () => this.prepare());
    return join(this.dir, 'tmp', freshName());
  }

  /** Where a derived file lies, or would lie. */
  derived(kind: DerivedKind, key: string): string {
    const name = key.replace(/^sha256:/, '');
    if (!KEY.test(name)) throw new OciError('store-error', `${quote(key)} cannot name a derived file`);
    return join(this.dir, 'derived', kind, name.slice(0, 2), name);
  }

  /**
   * Lets `produce` write a temporary file, seals it, and gives it its name. It is read for that, unless `produce` says
   * what it wrote. No fsync: a file that a crash cut short does not fit its seal, and is made again.
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
      await writeFile(`${temp}.seal`, once(seal), false);
      await publish(`${temp}.seal`, `${path}.seal`);
    });
    return path;
  }

  /** The path, if the file is there and fits its seal; one that does not fit is removed. */
  async find(kind: DerivedKind, key: string): Promise<string | undefined> {
    const path = this.derived(kind, key);
    const seal = await readFile(`${path}.seal`, 'utf8').catch(ignoreMissing);
    if (seal === undefined) return undefined;
    if (!(await this.fits(path, seal))) {
      await this.drop(kind, key);
      return undefined;
    }
    // The seal's time, not the file's, says when it was last used: the file may be hard-linked into outputs.
    const now = new Date();
    await utimes(`${path}.seal`, now, now).catch(() => undefined);
    return path;
  }

  /** Reads all of the file, unless it is the one that was read and found right before; then it will be next time. */
  private async fits(path: string, seal: string): Promise<boolean> {
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

  /** Only saves reading: a store that cannot be written to serves as well. */
  private async noteSeen(path: string, seal: string): Promise<void> {
    await this.atomically(async (temp) => {
      await writeFile(`${temp}.seal`, once(seal), false);
      await publish(`${temp}.seal`, `${path}.seal`);
    }).catch(() => undefined);
  }

  /** Forgets a derived file, seal first, so that the file never counts without it. */
  async drop(kind: DerivedKind, key: string): Promise<void> {
    const path = this.derived(kind, key);
    await onDisk(this.dir, async () => {
      await rm(`${path}.seal`, { force: true });
      await rm(path, { force: true });
    });
  }

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

  private prepare(): Promise<void> {
    this.ready ??= this.init().catch((error) => {
      this.ready = undefined;
      throw error;
    });
    return this.ready;
  }

  private async init(): Promise<void> {
    await mkdir(join(this.dir, 'tmp'), { recursive: true });
    await initLayout(this.dir);
    await removeStale(join(this.dir, 'tmp'));
  }
}

/** The line by which a seal knows the file; undefined while that is too new, or missing. */
async function seenOf(path: string): Promise<string | undefined> {
  const stats = await stat(path, { bigint: true }).catch(ignoreMissing);
  const { identity, settled } = stats ? sightingOf(stats) : { identity: '', settled: false };
  return settled ? `seen ${identity}\n` : undefined;
}

function ignoreMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
  return undefined;
}

function bytesOf(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: READ_SIZE });
}

async function readToEnd(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of bytes) void chunk;
}

async function* once(text: string): AsyncGenerator<Uint8Array, void> {
  yield Buffer.from(text);
}
