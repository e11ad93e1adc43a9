import { open } from 'node:fs/promises';
import type { Content } from '@nx-linuxkit/tree';
import { DockerfileError } from '../error.js';

/** Bytes of one read. */
const CHUNK = 1 << 20;

/** The bytes of a file of this machine. It is open only while it is read: a context may have more files than a process may open. */
export function hostFile(path: string, size: number): Content | undefined {
  if (size === 0) return undefined;
  const source = {
    id: `file:${path}`,
    size,
    read: (start: number, end: number) => readRange(path, start, end),
  };
  return { source, offset: 0, size };
}

async function* readRange(path: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r');
  try {
    for (let at = start; at < end;) {
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK, end - at));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) throw changed(path, at, end);
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

function changed(path: string, at: number, end: number): DockerfileError {
  return new DockerfileError('bad-context', `${path} ends at byte ${at}, expected at least ${end}`, {
    hint: 'The file changed while it was read: build again.',
  });
}
