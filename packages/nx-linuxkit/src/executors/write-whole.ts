import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline as piped } from 'node:stream/promises';
import { StageError } from '@nx-linuxkit/stages/plan';

/**
 * Writes a file that gets its name when all bytes are there. `named` is the file as the user has named it. Throws StageError
 * `unwritable` where the place takes no file.
 */
export async function writeWhole(
  target: string,
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  named = target,
): Promise<void> {
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    const { makeFolder } = await import('@nx-linuxkit/stages');
    await makeFolder(dirname(target));
    await piped(Readable.from(bytes, { objectMode: true, highWaterMark: 2 }), createWriteStream(temporary));
    await rename(temporary, target);
  } catch (error) {
    throw unwritable(named, error);
  } finally {
    // Where the folder cannot be made there is nothing to remove, and the first error says why.
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** What the system said about the place of a file; any other error is of what makes the bytes. */
function unwritable(named: string, error: unknown): unknown {
  const { syscall, code, message } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  const reason = code === 'EISDIR' ? 'a folder is there' : message;
  return new StageError('unwritable', `cannot write ${named}: ${reason}`, {
    cause: error,
    hint: 'Free space, or name another file.',
  });
}
