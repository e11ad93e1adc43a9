import { closeSync, openSync, readSync } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';

/** What a writer tells who reads along: where how many bytes are by now, that these were all, or that there will be no more. */
export type Growth = { readonly path: string; readonly size: number } | 'complete' | 'failed';

const PIECE = 1 << 18;

/** A file that another thread may still be writing. */
export interface GrowingFile {
  /** Where it lies when it is complete: it is renamed under a reader who comes late. */
  readonly path: string;
  /** Absent for one that is complete. */
  readonly growth?: MessagePort;
}

/** Its bytes as they come, all in the same memory: a piece is gone when the next one is asked for. */
export async function* piecesOf({ path, growth }: GrowingFile): AsyncGenerator<Uint8Array> {
  const there = growth ? new Sizes(growth) : undefined;
  const piece = Buffer.allocUnsafeSlow(PIECE);
  let file: number | undefined;
  try {
    for (let at = 0; ;) {
      const end = there ? await there.beyond(at) : Infinity;
      if (end === undefined) throw new Error('the file that was read along was not completed');
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

/** What came through the port, the latest first. */
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

  /** How many bytes there are, once that is more than so many or all; undefined when there will be no more. */
  async beyond(size: number): Promise<number | undefined> {
    while (!this.complete && !this.failed && this.size <= size) {
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    if (this.complete) return Infinity;
    return this.failed ? undefined : this.size;
  }
}
