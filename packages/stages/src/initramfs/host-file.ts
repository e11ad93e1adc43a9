import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import type { ByteSource, Content } from '@nx-linuxkit/tree';
import type { Context } from '../context.js';
import { StageError } from '../error.js';
import { CHUNK } from '../seal.js';

/**
 * Largest file that is read at once: opening a stream takes longer than reading 256 KiB, and a few of these are no burden
 * on memory.
 */
const SMALL = 2 ** 18;

/** Hashes a file of this machine before it is used, so that its content is its identity. `size` is in bytes. */
export async function hostFile(path: string, size: number, context: Pick<Context, 'file'>): Promise<Content> {
  if (size <= SMALL) return wholeFile(path);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) hash.update(chunk as Buffer);
  return { source: context.file(path, { id: named(hash.digest('hex')), size }), offset: 0, size };
}

/**
 * The content of a small file. It holds neither bytes nor an open file, as there may be thousands: each read reads the file
 * again, and throws StageError `changed-during-build` where the bytes are other ones by then.
 */
function wholeFile(path: string): Content {
  const { id, size } = read(path);
  const source: ByteSource = {
    id,
    size,
    async *read(start, end) {
      const now = read(path);
      if (now.id !== id) throw changed(path);
      if (end > start) yield now.bytes.subarray(start, end);
    },
  };
  return { source, offset: 0, size };
}

function read(path: string): { readonly id: string; readonly size: number; readonly bytes: Buffer } {
  const bytes = readFileSync(path);
  const id = named(createHash('sha256').update(bytes).digest('hex'));
  return { id, size: bytes.length, bytes };
}

function named(sha256: string): string {
  return `sha256:${sha256}`;
}

function changed(path: string): StageError {
  return new StageError('changed-during-build', `${path} changed during the build`, {
    hint: 'Run it again.',
  });
}
