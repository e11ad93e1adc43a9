import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OciError } from '../error.js';
import { ARCHIVE_JSON_LIMIT, parseJson } from '../json.js';
import { isMissing } from '../store/disk.js';
import { collect } from '../verify.js';

/**
 * The files of a folder or of a tar archive. A folder is asked for fixed names and digests only (`index.json`,
 * `blobs/sha256/…`); names that an image chose are looked up in the index of an archive.
 */
export interface Files {
  /** Returns the size in bytes, or undefined if there is no such file. */
  size(name: string): Promise<number | undefined>;
  /** Yields the bytes from the offset `from` on. */
  read(name: string, from?: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Bytes of one read: enough that the number of system calls does not matter. */
export const READ_SIZE = 1 << 20;

/** The files of a folder on disk. */
export class Folder implements Files {
  constructor(private readonly dir: string) {}

  async size(name: string): Promise<number | undefined> {
    const found = await stat(join(this.dir, name)).catch((error) => {
      if (isMissing(error)) return undefined;
      const { code } = error as NodeJS.ErrnoException;
      throw new OciError('no-permission', `cannot read ${name} in ${this.dir} (${code})`, {
        hint: 'Make the folder readable for this user.',
        cause: error,
      });
    });
    return found?.isFile() ? found.size : undefined;
  }

  read(name: string, from = 0): AsyncIterable<Uint8Array> {
    return createReadStream(join(this.dir, name), { start: from, highWaterMark: READ_SIZE });
  }

  async close(): Promise<void> {}
}

/** Parses a JSON file of at most 20 MiB; `what` names the folder or archive in messages. */
export async function readJson(files: Files, name: string, what: string): Promise<unknown> {
  if ((await files.size(name)) === undefined) {
    throw new OciError('not-found', `there is no ${name} in ${what}`, {
      hint: 'Check that the path names an image of this kind.',
    });
  }
  const bytes = await collect(files.read(name), ARCHIVE_JSON_LIMIT, `${name} in ${what}`);
  return parseJson(bytes, `${name} in ${what}`, ARCHIVE_JSON_LIMIT);
}
