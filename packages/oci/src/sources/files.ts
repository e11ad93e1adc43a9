import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OciError } from '../error.js';
import { ARCHIVE_JSON_LIMIT, parseJson } from '../json.js';
import { isMissing } from '../store/disk.js';
import { collect } from '../verify.js';

/** Named bytes: a folder, or a tar. Names are ours (`index.json`, `blobs/sha256/…`) or looked up in an index. */
export interface Files {
  size(name: string): Promise<number | undefined>;
  read(name: string, from?: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

const READ_SIZE = 1 << 20;

export class Folder implements Files {
  constructor(private readonly dir: string) {}

  async size(name: string): Promise<number | undefined> {
    const found = await stat(join(this.dir, name)).catch((error) => {
      if (!isMissing(error)) throw error;
      return undefined;
    });
    return found?.isFile() ? found.size : undefined;
  }

  read(name: string, from = 0): AsyncIterable<Uint8Array> {
    return createReadStream(join(this.dir, name), { start: from, highWaterMark: READ_SIZE });
  }

  async close(): Promise<void> {}
}

export async function readJson(files: Files, name: string, what: string): Promise<unknown> {
  if ((await files.size(name)) === undefined) {
    throw new OciError('not-found', `there is no ${name} in ${what}`, {
      hint: 'Check that the path names an image of this kind.',
    });
  }
  const bytes = await collect(files.read(name), ARCHIVE_JSON_LIMIT, `${name} in ${what}`);
  return parseJson(bytes, `${name} in ${what}`, ARCHIVE_JSON_LIMIT);
}
