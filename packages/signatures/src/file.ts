import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { SignatureError } from './error.js';

/** Reads a small file whole; `what` names its purpose in the error `unreadable-file`. */
export async function readSmallFile(path: string, limit: number, what: string): Promise<string> {
  let file;
  try {
    file = await open(path, 'r');
    const { size } = await file.stat();
    if (size > limit) throw new Error(`it has ${size} bytes, expected at most ${limit}`);
    return await file.readFile('utf8');
  } catch (cause) {
    throw unreadable(path, what, cause);
  } finally {
    await file?.close();
  }
}

/** The bytes of a file of any size; `what` names its purpose in the error `unreadable-file`. */
export async function* streamFile(path: string, what: string): AsyncGenerator<Uint8Array, void> {
  const chunks = createReadStream(path)[Symbol.asyncIterator]();
  for (;;) {
    const next = await chunks.next().catch((cause) => {
      throw unreadable(path, what, cause);
    });
    if (next.done) return;
    yield next.value;
  }
}

function unreadable(path: string, what: string, cause: unknown): SignatureError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = code === 'ENOENT' ? 'it does not exist' : message;
  return new SignatureError('unreadable-file', `cannot read ${what}: ${reason}`, {
    where: { file: path },
    hint: 'Check the path and the permissions of the file.',
    cause,
  });
}
