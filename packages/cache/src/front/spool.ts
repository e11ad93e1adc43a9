import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** An archive that Nx has sent and that is not stored yet. */
export interface Spooled {
  readonly hash: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** The result of taking a body. */
export type Taken = Spooled | { readonly refused: string };

/** Milliseconds between two signs of life, which processes on other machines look at. */
const SIGN = 10_000;
/** Milliseconds after which a folder of another machine counts as left behind. */
const SILENT = 10 * 60_000;
/** Milliseconds after which nobody wants what is in a folder that was left behind. */
const OLD = 24 * 3600_000;
const ENTRIES = 'entries';
const OWNER = 'owner';

/**
 * A folder for archives on their way to a place. A file in it is the only note of what is still to be stored, so that a
 * process may end at any moment: the next one with the same place stores what it left behind.
 */
export class Spool {
  private used = 0;
  private readonly sign: NodeJS.Timeout;

  private constructor(
    readonly folder: string,
    private readonly capacity: number,
  ) {
    this.sign = setInterval(() => void this.touch(), SIGN);
    this.sign.unref();
  }

  /** Makes a folder below `base`. `capacity` is in bytes. Errors are those of the file system. */
  static async create(base: string, place: string, capacity: number): Promise<Spool> {
    const folder = join(base, `${process.pid}-${randomBytes(6).toString('hex')}`);
    await mkdir(join(folder, ENTRIES), { recursive: true, mode: 0o700 });
    await writeFile(
      join(folder, OWNER),
      JSON.stringify({ host: hostname(), pid: process.pid, place: keyOf(place) }),
    );
    return new Spool(folder, capacity);
  }

  /** Bytes that wait. */
  get size(): number {
    return this.used;
  }

  /**
   * Reads a body to its end, whatever happens, because Nx fails when its request does. Returns why it was not kept, if
   * it was not.
   */
  async take(hash: string, body: Readable, length: number): Promise<Taken> {
    const path = join(this.folder, ENTRIES, hash);
    const temporary = join(this.folder, randomBytes(6).toString('hex'));
    let refused = this.used + length > this.capacity ? 'too much waits to be stored' : undefined;
    const file = refused ? undefined : await open(temporary, 'wx').catch((error: Error) => note(error));
    let size = 0;
    const reserved = refused ? 0 : length;
    this.used += reserved;
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (!refused) await file?.writeFile(chunk).catch(note);
      }
      if (!refused && size !== length) note(new Error(`${size} of ${length} bytes came`));
      await file?.close().catch(note);
      if (!refused) await rename(temporary, path).catch(note);
    } catch (error) {
      note(error as Error);
      await file?.close().catch(note);
    }
    if (refused === undefined) return { hash, path, size };
    this.used -= reserved;
    await rm(temporary, { force: true }).catch(note);
    return { refused };

    function note(error: Error): undefined {
      refused ??= error.message;
    }
  }

  /** Removes what was stored, or what cannot be. */
  async drop({ path, size }: Spooled): Promise<void> {
    this.used -= size;
    await rm(path, { force: true }).catch(() => undefined);
  }

  /** Takes over what processes for the same place have left in `base`. */
  async adopt(base: string, place: string): Promise<Spooled[]> {
    const adopted: Spooled[] = [];
    for (const name of await readdir(base)) {
      const folder = join(base, name);
      if (folder === this.folder || !(await isLeft(folder))) continue;
      const isSame = (await ownerOf(folder))?.place === keyOf(place);
      if (isSame) adopted.push(...(await this.adoptFrom(join(folder, ENTRIES))));
      if (isSame || (await ageOf(folder)) > OLD) await rm(folder, { recursive: true, force: true });
    }
    return adopted;
  }

  /** Ends it; what still waits stays for the next process. */
  async close(): Promise<void> {
    clearInterval(this.sign);
    const left = await readdir(join(this.folder, ENTRIES)).catch(() => []);
    if (left.length === 0)
      await rm(this.folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }

  private async adoptFrom(entries: string): Promise<Spooled[]> {
    const adopted: Spooled[] = [];
    for (const hash of await readdir(entries).catch(() => [])) {
      const path = join(this.folder, ENTRIES, hash);
      try {
        // Another process may adopt the same file; one of the two renames succeeds.
        await rename(join(entries, hash), path);
        const { size } = await stat(path);
        this.used += size;
        adopted.push({ hash, path, size });
      } catch {
        continue;
      }
    }
    return adopted;
  }

  private async touch(): Promise<void> {
    const now = new Date();
    await utimes(join(this.folder, OWNER), now, now).catch(() => undefined);
  }
}

interface Owner {
  readonly host: string;
  readonly pid: number;
  readonly place: string;
}

/** A place's URL may have a user's name, which need not lie about. */
const keyOf = (place: string): string => createHash('sha256').update(place).digest('hex');

async function ownerOf(folder: string): Promise<Owner | undefined> {
  return readFile(join(folder, OWNER), 'utf8')
    .then(
      (text) => JSON.parse(text) as Owner,
      () => undefined,
    )
    .catch(() => undefined);
}

/** Whether the process that made a folder has ended. */
async function isLeft(folder: string): Promise<boolean> {
  const owner = await ownerOf(folder);
  if (!owner) return (await ageOf(folder)) > OLD;
  if (owner.host !== hostname()) return (await ageOf(folder)) > SILENT;
  // In a container each run may have the same number.
  return owner.pid === process.pid || !isAlive(owner.pid);
}

async function ageOf(folder: string): Promise<number> {
  const found = await stat(join(folder, OWNER))
    .catch(() => stat(folder))
    .catch(() => undefined);
  return found ? Date.now() - found.mtimeMs : 0;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
