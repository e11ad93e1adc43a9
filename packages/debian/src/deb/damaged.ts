import { Fault } from '@nx-linuxkit/errors';
import { DebianError } from '../errors.js';

type Bytes = AsyncIterable<Uint8Array>;

/**
 * Decompresses `bytes` with `decode`, whose errors become `bad-format`: each decoder has error classes of its own.
 * Errors of `bytes` itself, a disk's or a wrong digest, stay as they are.
 */
export async function* refuseDamaged(name: string, bytes: Bytes, decode: (bytes: Bytes) => Bytes): Bytes {
  const source: { error?: unknown } = {};
  try {
    yield* decode(noteError(bytes, source));
  } catch (error) {
    if ('error' in source) throw source.error;
    if (error instanceof Fault) throw error;
    throw new DebianError('bad-format', `${name} is damaged: ${(error as Error).message}`, { cause: error });
  }
}

async function* noteError(bytes: Bytes, source: { error?: unknown }): Bytes {
  try {
    yield* bytes;
  } catch (error) {
    source.error = error;
    throw error;
  }
}
