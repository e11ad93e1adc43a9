import { readSync, writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { dataRuns } from '@nx-linuxkit/deflate';

/**
 * Bytes per write: as many as processor caches keep between reading and writing them. For larger writes the kernel
 * also takes memory in larger pieces, which the host of a virtual machine may have to find first: twice the CPU time.
 */
const WINDOW = 1 << 19;
/** Jobs of `meanwhile` at one time: enough to keep all threads busy. */
const MAX_JOBS = 16;

/** An open file to copy bytes from. */
export interface InputFile {
  /** A descriptor that is open for reading. */
  readonly fd: number;
  /** Makes the error to throw if the file ends before byte `at`. */
  endsEarly(at: number): Error;
}

/** Bytes of the output that are gathered in memory. */
interface Window {
  /** Byte of the output at which the window begins. */
  readonly start: number;
  readonly room: number;
  used: number;
}

/**
 * Fills an open, empty file with what `produce` writes. Returns when all of it is written and nothing uses the file
 * any more, so that the caller can close it.
 */
export async function gather(
  file: FileHandle,
  produce: (output: GatherWriter) => Promise<void>,
): Promise<void> {
  const output = new GatherWriter(file);
  try {
    await produce(output);
    output.flush();
  } finally {
    await output.settle();
  }
  output.check();
}

/**
 * Writes bytes and ranges of other files to positions of one file, gathered to large writes in one reused buffer.
 * Blocks of zeros become holes. It serves one caller at a time, best in rising order of positions. If a job of
 * `meanwhile` fails, a later call or `gather` itself throws its error.
 *
 * It reads and writes by blocking calls, one window at a time, and yields to the event loop between windows. A GB takes
 * 0.27 s this way, nearly all of it in the kernel. With threads, waking one for each call costs as much again, and two
 * writes to one file wait for each other anyway.
 */
export class GatherWriter {
  readonly #memory = Buffer.allocUnsafeSlow(WINDOW);
  #window: Window | undefined;
  /** The file has no bytes from this position on, and no running job will write any. */
  #end = 0;
  readonly #running = new Set<Promise<void>>();
  readonly #releases: (() => Promise<void>)[] = [];
  #failure: { error: unknown } | undefined;

  constructor(
    /** The file, for jobs of `meanwhile`, which write to it themselves. */
    readonly file: FileHandle,
  ) {}

  /** Writes bytes to a position. The caller may reuse their memory when this returns. */
  async bytes(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const window = this.#windowAt(position + done);
      const count = Math.min(bytes.length - done, window.room - window.used);
      this.#memory.set(bytes.subarray(done, done + count), window.used);
      done += count;
      await this.#advance(window, count);
    }
  }

  /** Copies the bytes from `start` up to, not including, `end` of another file to a position. */
  async range(input: InputFile, start: number, end: number, position: number): Promise<void> {
    for (let at = start; at < end;) {
      const window = this.#windowAt(position + at - start);
      const count = Math.min(end - at, window.room - window.used);
      readFully(input, this.#memory.subarray(window.used, window.used + count), at);
      at += count;
      await this.#advance(window, count);
    }
  }

  /** Runs a job that writes to other positions of the file itself, all below `end`, while the caller goes on. */
  async meanwhile(end: number, job: () => Promise<unknown>): Promise<void> {
    if (this.#running.size >= MAX_JOBS) await Promise.race(this.#running);
    this.check();
    this.#end = Math.max(this.#end, end);
    this.#run(job());
  }

  /** Calls `release` after the last job and the last write; it may close the inputs. */
  afterwards(release: () => Promise<void>): void {
    this.#releases.push(release);
  }

  /** Writes what is gathered so far. */
  flush(): void {
    const window = this.#window;
    this.#window = undefined;
    for (const [from, to] of window ? dataRuns(this.#memory.subarray(0, window.used)) : []) {
      for (let at = from; at < to;)
        at += writeSync(this.file.fd, this.#memory, at, to - at, window!.start + at);
    }
  }

  /** Waits for all jobs, then calls what `afterwards` was given. Never throws; `check` throws the first failure. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
    for (const release of this.#releases.splice(0)) await this.#noted(release());
  }

  /** Throws the first failure of a job or a release. */
  check(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** The window for a position: the current one, if only a gap of zeros lies between, or else a new one. */
  #windowAt(position: number): Window {
    this.check();
    const current = this.#window;
    if (current) {
      const at = position - current.start;
      const here = current.start + current.used;
      // A gap may be filled with zeros only at the end of the file; elsewhere it may hold bytes already.
      if (position === here || (position > here && at < current.room && here === this.#end)) {
        this.#memory.fill(0, current.used, at);
        current.used = at;
        return current;
      }
      this.flush();
    }
    // The window ends at a block boundary of the file: partial blocks are slow in the kernel.
    const room = WINDOW - (position % WINDOW);
    return (this.#window = { start: position, room, used: 0 });
  }

  async #advance(window: Window, count: number): Promise<void> {
    window.used += count;
    this.#end = Math.max(this.#end, window.start + window.used);
    if (window.used < window.room) return;
    this.flush();
    await setImmediate();
  }

  #run(job: Promise<unknown>): void {
    const running = this.#noted(job).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits for a job and keeps the first failure. Never rejects. */
  async #noted(job: Promise<unknown>): Promise<void> {
    try {
      await job;
    } catch (error) {
      this.#failure ??= { error };
    }
  }
}

/** Fills `target` with the bytes of a file from `start` on, by blocking calls. */
export function readFully(input: InputFile, target: Buffer, start: number): void {
  for (let have = 0; have < target.length;) {
    const count = readSync(input.fd, target, have, target.length - have, start + have);
    if (count === 0) throw input.endsEarly(start + have);
    have += count;
  }
}
