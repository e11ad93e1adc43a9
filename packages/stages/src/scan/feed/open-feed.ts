import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';

/** A text in a feed: the file itself, or a member of a zip archive. */
export interface FeedText {
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * Opens the texts of a feed one after the other: of a file as it is or packed by gzip, or of each `.json` in a zip archive, as OSV
 * offers an ecosystem for download. Throws the error of the file system or of the archive.
 */
export async function* openFeed(path: string, named: string): AsyncGenerator<FeedText> {
  const begin = await beginOf(path);
  if (begin.startsWith('504b0304')) return yield* membersOf(path, named);
  const packed = createReadStream(path);
  if (!begin.startsWith('1f8b')) return yield { name: named, bytes: packed };
  const bytes = createGunzip();
  // A pipe alone would leave the reader waiting when the disk fails.
  packed.on('error', (error) => bytes.destroy(error)).pipe(bytes);
  yield { name: named, bytes };
}

async function beginOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString('hex', 0, bytesRead);
  } finally {
    await file.close();
  }
}

async function* membersOf(path: string, named: string): AsyncGenerator<FeedText> {
  // Loaded here, because most feeds are no archives.
  const { openPromise } = await import('yauzl');
  const archive = await openPromise(path);
  try {
    for await (const entry of archive.eachEntry()) {
      if (!entry.fileName.endsWith('.json')) continue;
      yield { name: `${named}/${entry.fileName}`, bytes: await archive.openReadStreamPromise(entry) };
    }
  } finally {
    archive.close();
  }
}
