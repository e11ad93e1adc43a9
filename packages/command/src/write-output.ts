import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { makeFolder, move } from '@nx-linuxkit/oci';
import type { Surroundings } from './surroundings.js';

/**
 * Writes bytes to a path, or to standard output for `-`. A path gets its name when all bytes are there. At most two
 * chunks are held.
 */
export async function writeOutput(
  output: string,
  bytes: AsyncIterable<Uint8Array>,
  { folder, stdout }: Pick<Surroundings, 'folder' | 'stdout'>,
): Promise<void> {
  if (output === '-') return copyTo(bytes, stdout);
  const target = resolve(folder, output);
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    await makeFolder(dirname(target));
    const from = Readable.from(bytes, { objectMode: true, highWaterMark: 2 });
    await pipeline(from, createWriteStream(temporary));
    await move(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Copies bytes to a stream that stays open. A reader that has seen enough, such as `head`, ends it without an error. */
export async function copyTo(bytes: AsyncIterable<Uint8Array>, to: Writable): Promise<void> {
  let broken: Error | undefined;
  const onError = (error: Error) => (broken = error);
  to.on('error', onError);
  try {
    for await (const chunk of bytes) {
      if (broken) break;
      if (!to.write(chunk)) await Promise.race([once(to, 'drain'), once(to, 'close')]).catch(onError);
    }
  } finally {
    to.off('error', onError);
  }
  if (broken && (broken as NodeJS.ErrnoException).code !== 'EPIPE') throw broken;
}
