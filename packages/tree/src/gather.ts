import { readSync, writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { dataRuns } from '@nx-linuxkit/deflate';

/**
 * What is written at once: as much as processors' caches keep between reading and writing it. For more, the kernel
 * looks for memory in larger pieces as well, which a virtual machine's host may have to find first: twice the CPU.
 */
const WINDOW = 1 << 19;
/** Others at once: enough to keep all threads busy. */
const OTHERS = 16;

/** An open file that bytes come from. */
export interface Input {
  readonly fd: number;
  /** What to fail with when it has no byte `at`. */
  endsEarly(at: number): Error;
}

/** Bytes of the output that are gathered in memory. */
interface Window {
  /** In the output. */
  readonly start: number;
  readonly room: number;
  used: number;
}

/**
 * Fills an open file, empty so far, by what `produce` gives; returns when nobody is at the file any more, so that it
 * can be closed.
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
 * Puts bytes and ranges of other files to their places in a file: gathered to large writes, always in the same memory.
 * Blocks of zeros become holes. For one caller at a time, best in the output's order; what others fail with comes up at
 * a later call or at the end.
 *
 * It reads and writes by blocking calls, a window at a time, between which all else has its turn. A GB takes 0.27 s
 * so, nearly all of it in the kernel; handed to threads, each call costs as much again for waking one, and two writes
 * to one file wait for each other anyway.
 */
export class GatherWriter {
  readonly #memory = Buffer.allocUnsafeSlow(WINDOW);
  #window: Window | undefined;
  /** Nothing is written from here on, nor will be by those who have begun. */
  #end = 0;
  readonly #running = new Set<Promise<void>>();
  readonly #releases: (() => Promise<void>)[] = [];
  #failure: { error: unknown } | undefined;

  constructor(readonly file: FileHandle) {}

  /** The bytes are the caller's again when this returns. */
  async bytes(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const window = this.#windowAt(position + done);
      const count = Math.min(bytes.length - done, window.room - window.used);
      this.#memory.set(bytes.subarray(done, done + count), window.used);
      done += count;
      await this.#advance(window, count);
    }
  }

  /** Bytes `start` up to, not including, `end` of another file. */
  async range(input: Input, start: number, end: number, position: number): Promise<void> {
    for (let at = start; at < end;) {
      const window = this.#windowAt(position + at - start);
      const count = Math.min(end - at, window.room - window.used);
      readFully(input, this.#memory.subarray(window.used, window.used + count), at);
      at += count;
      await this.#advance(window, count);
    }
  }

  /** Lets somebody else write to other places of the file meanwhile, none at `end` or beyond. */
  async meanwhile(end: number, job: () => Promise<unknown>): Promise<void> {
    if (this.#running.size >= OTHERS) await Promise.race(this.#running);
    this.check();
    this.#end = Math.max(this.#end, end);
    this.#run(job());
  }

  /** Called once nobody is at any file any more: what closes inputs. */
  afterwards(release: () => Promise<void>): void {
    this.#releases.push(release);
  }

  /** Writes everything that was given. */
  flush(): void {
    const window = this.#window;
    this.#window = undefined;
    for (const [from, to] of window ? dataRuns(this.#memory.subarray(0, window.used)) : []) {
      for (let at = from; at < to;)
        at += writeSync(this.file.fd, this.#memory, at, to - at, window!.start + at);
    }
  }

  /** Waits for what is under way. Throws nothing: `check` does. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
    for (const release of this.#releases.splice(0)) await this.#noted(release());
  }

  check(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Goes on in the window that there is, over a gap of zeros, or begins one. */
  #windowAt(position: number): Window {
    this.check();
    const current = this.#window;
    if (current) {
      const at = position - current.start;
      const here = current.start + current.used;
      // What a gap holds may be somebody's, unless it lies beyond all.
      if (position === here || (position > here && at < current.room && here === this.#end)) {
        this.#memory.fill(0, current.used, at);
        current.used = at;
        return current;
      }
      this.flush();
    }
    // Ends where blocks of the file end, whatever it begins with: the kernel does not like parts of them.
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

  /** Fails never; the first failure is kept. */
  async #noted(job: Promise<unknown>): Promise<void> {
    try {
      await job;
    } catch (error) {
      this.#failure ??= { error };
    }
  }
}

/** Fills `target` with the bytes from `start` on, by blocking calls. */
export function readFully(input: Input, target: Buffer, start: number): void {
  for (let have = 0; have < target.length;) {
    const count = readSync(input.fd, target, have, target.length - have, start + have);
    if (count === 0) throw input.endsEarly(start + have);
    have += count;
  }
}
