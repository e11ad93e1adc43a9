import { availableParallelism } from 'node:os';
import type { Transferable } from 'node:worker_threads';
import type { BlockIndex } from './block-index.js';
import type { Copy, Hashed, Written } from './files.js';
import type { Op } from './op.js';
import { buffersOf, packOps } from './packed-ops.js';
import { Thread } from './thread.js';
import type { Request } from './worker.js';

interface QueuedJob {
  readonly job: Request['job'];
  readonly transfer: readonly Transferable[];
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

const threads: Thread[] = [];
const queue: QueuedJob[] = [];

/**
 * Transcodes a gzip file into a file in a worker thread; see `transcode`. `output` should be a temporary name: it is
 * written in place, and removed on failure. A caller that gives `blocks` must compare `inputSha256` of the result with
 * the digest that the input must have, because copied blocks are not verified.
 *
 * @throws DeflateError as `transcode` does, or Node's error if a file cannot be read or written.
 */
export async function transcodeFile(
  input: string,
  ops: Iterable<Op>,
  output: string,
  blocks?: BlockIndex,
): Promise<Written> {
  const packed = packOps(ops);
  return enqueue({ transcode: { input, output, blocks }, ops: packed }, buffersOf(packed));
}

/**
 * Size and SHA-256 of an open file, read in a worker thread, so that the caller can copy the file meanwhile. The
 * descriptor must be open for reading until the promise settles; its own position does not change.
 */
export function hashFile(descriptor: number): Promise<Hashed> {
  return enqueue({ hash: { input: descriptor } });
}

/**
 * Like `hashFile`, and copies a range of the bytes that it hashes into another open file. If the hash is not the
 * expected one, the copy is worthless. Both descriptors must stay open until the promise settles.
 */
export function copyFile(descriptor: number, copy: Copy): Promise<Hashed> {
  return enqueue({ hash: { input: descriptor, copy } });
}

/**
 * Calls the default export of a CommonJS module, given by its absolute path, with `data` in a worker thread of this
 * pool, so that other work need not start more threads than there are processors. Data and result are cloned; an error
 * keeps its message and what Node says of a system call but not its class. The call begins at once, beside the thread's other jobs, so it is for
 * work that mostly waits for its bytes. `weight`, in any unit, is its share of work: the thread with the least gets it.
 */
export function inThread<T>(
  module: string,
  data: unknown,
  { transfer = [], weight = 1 }: { transfer?: readonly Transferable[]; weight?: number } = {},
): Promise<T> {
  const thread = freeThread(() => false) ?? threads.reduce((a, b) => (b.waiting < a.waiting ? b : a));
  thread.waiting += weight;
  const result = thread.run({ module, data }, transfer);
  return result.finally(() => (thread.waiting -= weight)) as Promise<T>;
}

/**
 * Starts all threads of the pool and has each load a module that `inThread` will call, before there is work for them.
 * A thread takes about as long to start as a registry takes to answer.
 */
export function startThreads(module: string): void {
  while (threads.length < availableParallelism()) {
    // A module that cannot be loaded fails again, and visibly, when it is called.
    newThread()
      .run({ load: module }, [])
      .catch(() => undefined);
  }
}

/** Runs a job that computes. At most as many as there are processors run at one time; further ones wait. */
function enqueue<T>(job: Request['job'], transfer: readonly Transferable[] = []): Promise<T> {
  return new Promise((resolve, reject) => {
    queue.push({ job, transfer, resolve: resolve as (result: unknown) => void, reject });
    startNext();
  });
}

function startNext(): void {
  const thread = queue.length > 0 && freeThread(({ busy }) => !busy);
  if (!thread) return;
  const { job, transfer, resolve, reject } = queue.shift()!;
  thread.busy = true;
  const end = () => {
    thread.busy = false;
    startNext();
  };
  thread.run(job, transfer).finally(end).then(resolve, reject);
}

/** The suitable thread with the least work, or a new one while there are fewer threads than processors. */
function freeThread(isSuitable: (thread: Thread) => boolean): Thread | undefined {
  const free = threads.filter(isSuitable).sort((a, b) => a.waiting - b.waiting)[0];
  return free || threads.length >= availableParallelism() ? free : newThread();
}

function newThread(): Thread {
  const thread = new Thread(() => {
    const at = threads.indexOf(thread);
    if (at >= 0) threads.splice(at, 1);
  });
  threads.push(thread);
  return thread;
}
