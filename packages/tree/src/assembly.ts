import { read, readSync, write } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dataRuns } from '@nx-linuxkit/deflate';

/**
 * What is written at once. Pieces half as large cost a seventh more CPU; for larger ones the kernel looks for memory in
 * larger pieces as well, which a virtual machine's host may have to find first: twice the CPU.
 */
const WINDOW = 1 << 19;
/** Enough that some are read while others are written. */
const WINDOWS = 4;
/** What costs less to read here than to ask libuv's threads for. */
const SMALL = 1 << 16;
/** Others at once: enough to keep all threads busy. */
const OTHERS = 16;

/** An open file that bytes come from. It must stay open as long as the assembly: see `afterwards`. */
export interface Input {
  readonly fd: number;
  /** What to fail with when it has no byte `at`. */
  endsEarly(at: number): Error;
}

/** Bytes of the output that are gathered in memory; some may still be on their way into it. */
interface Window {
  readonly memory: Buffer;
  /** In the output. */
  readonly start: number;
  readonly room: number;
  used: number;
  readonly reads: Promise<void>[];
}

/**
 * Fills an open file, empty so far, by what `produce` gives; returns when nobody is at the file any more, so that it
 * can be closed.
 */
export async function assemble(
  file: FileHandle,
  produce: (output: Assembly) => Promise<void>,
): Promise<void> {
  const output = new Assembly(file);
  try {
    await produce(output);
    output.flush();
  } finally {
    await output.settle();
  }
  output.check();
}

/**
 * Puts bytes and ranges of other files to their places in a file: gathered to large writes, read and written at the
 * same time by libuv's threads, always in the same memory. Blocks of zeros become holes. For one caller at a time, best in
 * the output's order; what fails comes up at a later call or at the end.
 */
export class Assembly {
  readonly #idle: Buffer[] = [];
  #memories = 0;
  #onIdle: (() => void) | undefined;
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
      const window = await this.#windowAt(position + done);
      const count = Math.min(bytes.length - done, window.room - window.used);
      window.memory.set(bytes.subarray(done, done + count), window.used);
      done += count;
      this.#advance(window, count);
    }
  }

  /** Bytes `start` up to, not including, `end` of another file. */
  async range(input: Input, start: number, end: number, position: number): Promise<void> {
    for (let at = start; at < end;) {
      const window = await this.#windowAt(position + at - start);
      const count = Math.min(end - at, window.room - window.used);
      const target = window.memory.subarray(window.used, window.used + count);
      if (count <= SMALL) fillNow(input, target, at);
      else window.reads.push(this.#noted(fill(input, target, at)));
      at += count;
      this.#advance(window, count);
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

  /** Has everything written that was given. */
  flush(): void {
    if (this.#window) this.#send(this.#window);
  }

  /** Waits for what is under way. Throws nothing: `check` does. */
  async settle(): Promise<void> {
    await Promise.all(this.#window?.reads ?? []);
    await Promise.all(this.#running);
    for (const release of this.#releases.splice(0)) await this.#noted(release());
  }

  check(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Goes on in the window that there is, over a gap of zeros, or begins one. */
  async #windowAt(position: number): Promise<Window> {
    this.check();
    const current = this.#window;
    if (current) {
      const at = position - current.start;
      const here = current.start + current.used;
      // What a gap holds may be somebody's, unless it lies beyond all.
      if (position === here || (position > here && at < current.room && here === this.#end)) {
        current.memory.fill(0, current.used, at);
        current.used = at;
        return current;
      }
      this.#send(current);
    }
    const memory = await this.#freeMemory();
    // Ends where blocks of the file end, whatever it begins with: the kernel does not like parts of them.
    const room = WINDOW - (position % WINDOW);
    return (this.#window = { memory, start: position, room, used: 0, reads: [] });
  }

  #advance(window: Window, count: number): void {
    window.used += count;
    this.#end = Math.max(this.#end, window.start + window.used);
    if (window.used === window.room) this.#send(window);
  }

  async #freeMemory(): Promise<Buffer> {
    if (this.#idle.length === 0 && this.#memories < WINDOWS) {
      this.#memories += 1;
      return Buffer.allocUnsafeSlow(WINDOW);
    }
    while (this.#idle.length === 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    return this.#idle.pop()!;
  }

  #send(window: Window): void {
    this.#window = undefined;
    this.#run(
      this.#write(window).finally(() => {
        this.#idle.push(window.memory);
        this.#onIdle?.();
      }),
    );
  }

  async #write({ memory, start, used, reads }: Window): Promise<void> {
    await Promise.all(reads);
    if (this.#failure) return;
    for (const [from, to] of dataRuns(memory.subarray(0, used))) {
      for (let at = from; at < to;) at += await writeSome(this.file.fd, memory, at, to, start + at);
    }
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

async function fill(input: Input, target: Buffer, start: number): Promise<void> {
  for (let have = 0; have < target.length;) {
    const count = await readSome(input.fd, target, have, start + have);
    if (count === 0) throw input.endsEarly(start + have);
    have += count;
  }
}

function fillNow(input: Input, target: Buffer, start: number): void {
  for (let have = 0; have < target.length;) {
    const count = readSync(input.fd, target, have, target.length - have, start + have);
    if (count === 0) throw input.endsEarly(start + have);
    have += count;
  }
}

/** Not `FileHandle`'s: its promises cost as much as a read of some kB. */
function readSome(fd: number, target: Buffer, at: number, position: number): Promise<number> {
  return new Promise((resolve, reject) =>
    read(fd, target, at, target.length - at, position, (error, count) =>
      error ? reject(error) : resolve(count),
    ),
  );
}

function writeSome(fd: number, memory: Buffer, at: number, end: number, position: number): Promise<number> {
  return new Promise((resolve, reject) =>
    write(fd, memory, at, end - at, position, (error, count) => (error ? reject(error) : resolve(count))),
  );
}
