import { availableParallelism } from 'node:os';
import type { Transferable } from 'node:worker_threads';
import type { BlockIndex } from './block-index.js';
import type { CompressOptions } from './compress.js';
import type { Request } from './file.worker.js';
import type { Copy, FileJob, Hashed, Written } from './files.js';
import type { Op } from './op.js';
import { packOps } from './packed-ops.js';
import { Thread } from './thread.js';

interface Waiting {
  readonly job: Request['job'];
  readonly transfer: readonly Transferable[];
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

const threads: Thread[] = [];
const queue: Waiting[] = [];

/**
 * `transcode` of a file into a file, in a thread of its own. `output` should be a temporary name: it is written in
 * place, and removed on failure. With `blocks`, whoever calls compares the input's SHA-256 with what it must be.
 */
export function transcodeFile(
  input: string,
  ops: Iterable<Op>,
  output: string,
  blocks?: BlockIndex,
): Promise<Written> {
  return edited({ kind: 'transcode', input, output, blocks }, ops);
}

/** `compress` of the plain file that `ops` make of a plain file, likewise; what they drop is not read. */
export function compressFile(
  input: string,
  ops: Iterable<Op>,
  output: string,
  { level }: CompressOptions = {},
): Promise<Written> {
  return edited({ kind: 'compress', input, output, level }, ops);
}

/**
 * Size and SHA-256 of an open file, likewise: a thread that copies a file would wait for each chunk's hash. The
 * descriptor must stay open until then.
 */
export function hashFile(descriptor: number): Promise<Hashed> {
  return queued({ file: { kind: 'hash', input: descriptor } });
}

/**
 * The same, and copies a range of the bytes that it hashes into another open file: a result that is not the expected
 * one condemns the copy. Both descriptors must stay open until then.
 */
export function copyFile(descriptor: number, copy: Copy): Promise<Hashed> {
  return queued({ file: { kind: 'hash', input: descriptor, copy } });
}

/**
 * Calls the default export of a CommonJS module in one of these threads, so that whoever has more work of this kind
 * need not start more threads than there are processors. Data and result are cloned; an error arrives without its
 * class. The call begins at once, beside whatever the thread does: it is for work that waits for its bytes. `weight`,
 * in any unit, says how much work it is beside others of its kind.
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
 * Starts these threads, for whoever knows that there will be work for them: a thread takes as long to start as a
 * registry to answer. Each loads a module that it will be asked for.
 */
export function startThreads(module: string): void {
  while (threads.length < availableParallelism()) {
    // What is wrong with the module, its first call says.
    newThread()
      .run({ load: module }, [])
      .catch(() => undefined);
  }
}

/** A plan that is none rejects, as everything else that is wrong. */
async function edited(file: FileJob, edit: Iterable<Op>): Promise<Written> {
  const ops = packOps(edit);
  return queued({ file, ops }, [ops.bytes.buffer, ops.steps.buffer]);
}

/** At most as many jobs as there are processors; further ones wait. */
function queued<T>(job: Request['job'], transfer: readonly Transferable[] = []): Promise<T> {
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

/** One that will do, or a new one while there are fewer than processors. */
function freeThread(willDo: (thread: Thread) => boolean): Thread | undefined {
  const free = threads.filter(willDo).sort((a, b) => a.waiting - b.waiting)[0];
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
