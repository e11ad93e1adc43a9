import { createHash } from 'node:crypto';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDigest, type Digest } from '../digest.js';
import { asObject, asString, parseJson } from '../json.js';
import { isMissing, onDisk } from './disk.js';
import { exclusively } from './exclusive.js';
import { makeFolder } from './make-folder.js';
import { move } from './move.js';
import type { Store } from './store.js';

/** An image of the store that has a name. */
export interface NamedImage {
  /** The reference in full, such as `docker.io/library/nginx:1.27`. */
  readonly name: string;
  /** Digest of its index, or of its manifest where there is no index. */
  readonly digest: Digest;
}

const SUFFIX = '.json';
const LOCK = 'lock';

/**
 * The names of images in a store, as the command's cache has them. Workspaces keep names in lock files and need none.
 * Each name is a file of its own, so that processes that share the store need no lock, but for a change that depends on what
 * the name stands for. Methods throw the `OciError`s of
 * the disk; a file that cannot be read counts as no name, because the registry can be asked again.
 */
export class ImageNames {
  private readonly dir: string;

  constructor(private readonly store: Pick<Store, 'dir' | 'temp'>) {
    this.dir = join(store.dir, 'names');
  }

  /** The image of a name; undefined where the store has none. */
  async get(name: string): Promise<NamedImage | undefined> {
    const found = await this.read(fileOf(name));
    return found?.name === name ? found : undefined;
  }

  /** All names, sorted. */
  async list(): Promise<NamedImage[]> {
    const files = await onDisk(this.store.dir, () => readdir(this.dir).catch(emptyIfMissing));
    const found = await Promise.all(
      files.filter((file) => file.endsWith(SUFFIX)).map((file) => this.read(file)),
    );
    return found
      .filter((image): image is NamedImage => image !== undefined)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * Gives a name to the image that `next` makes of the one that has it, with no change by another process in between. Gives
   * what `next` gives.
   */
  async update(name: string, next: (before: NamedImage | undefined) => Promise<Digest>): Promise<Digest> {
    return onDisk(this.store.dir, () =>
      exclusively(join(this.dir, LOCK), async () => {
        const digest = await next(await this.get(name));
        await this.set({ name, digest });
        return digest;
      }),
    );
  }

  /** Gives a name to an image, in the place of the one that had it. */
  async set({ name, digest }: NamedImage): Promise<void> {
    const temporary = await this.store.temp();
    await onDisk(this.store.dir, async () => {
      await makeFolder(this.dir);
      await writeFile(temporary, `${JSON.stringify({ name, digest })}\n`);
      await move(temporary, join(this.dir, fileOf(name)));
    });
  }

  /** Takes a name away; the blobs stay. */
  async remove(name: string): Promise<void> {
    await onDisk(this.store.dir, () => rm(join(this.dir, fileOf(name)), { force: true }));
  }

  private async read(file: string): Promise<NamedImage | undefined> {
    try {
      const value = asObject(parseJson(await readFile(join(this.dir, file)), file), file);
      return { name: asString(value.name, 'name'), digest: parseDigest(asString(value.digest, 'digest')) };
    } catch {
      return undefined;
    }
  }
}

function fileOf(name: string): string {
  return `${createHash('sha256').update(name).digest('hex')}${SUFFIX}`;
}

function emptyIfMissing(error: unknown): string[] {
  if (isMissing(error)) return [];
  throw error;
}
