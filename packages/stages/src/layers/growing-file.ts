import { closeSync, openSync, readSync } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';

/** Message from writer to reader: current path and size in bytes, complete, or failed. */
export type Growth = { readonly path: string; readonly size: number } | 'complete' | 'failed';

/** Bytes of one read: small enough for a processor's cache, which inflating then finds them in. */
const PIECE = 1 << 18;

/** A file that another thread may still write. */
export interface GrowingFile {
  /** Its path once it is complete. A reader that opens it late finds it renamed. */
  readonly path: string;
  /** Where the writer's messages arrive; absent for a file that is complete. */
  readonly growth?: MessagePort;
}

/** Yields the bytes as they are written. All pieces share one buffer: use a piece before you ask for the next. */
export async function* piecesOf({ path, growth }: GrowingFile): AsyncGenerator<Uint8Array> {
  const there = growth ? new Sizes(growth) : undefined;
  const piece = Buffer.allocUnsafeSlow(PIECE);
  let file: number | undefined;
  try {
    for (let at = 0; ;) {
      const end = there ? await there.beyond(at) : Infinity;
      if (end === undefined) throw new Error('the file that was read along was not completed');
      // An empty file has no other message, and its writer renames it only after the reader is done.
      if (there?.complete && there.path === undefined) return;
      file ??= open(there?.path ?? path, path);
      for (let read; at < end && (read = readSync(file, piece, 0, PIECE, at)) > 0; at += read) {
        yield piece.subarray(0, read);
      }
      if (!there || there.complete) return;
    }
  } finally {
    if (file !== undefined) closeSync(file);
    growth?.close();
  }
}

function open(path: string, otherwise: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (path === otherwise) throw error;
    return openSync(otherwise, 'r');
  }
}

/** The latest message of the writer. */
class Sizes {
  complete = false;
  path: string | undefined;
  private size = 0;
  private failed = false;
  private wake: () => void = () => undefined;

  constructor(port: MessagePort) {
    port.on('message', (growth: Growth) => {
      if (growth === 'complete') this.complete = true;
      else if (growth === 'failed') this.failed = true;
      else ({ path: this.path, size: this.size } = growth);
      this.wake();
    });
    port.on('close', () => {
      this.failed ||= !this.complete;
      this.wake();
    });
  }

  /**
   * Waits until the file has more than `size` bytes; gives its size, Infinity for a complete file, undefined for a
   * failed one.
   */
  async beyond(size: number): Promise<number | undefined> {
    while (!this.complete && !this.failed && this.size <= size) {
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    if (this.complete) return Infinity;
    return this.failed ? undefined : this.size;
  }
}
