import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { CompressOptions } from './compress.js';
import { DeflateError } from './error.js';
import type { Answer, Request } from './file.worker.js';
import type { Copy, FileJob, HashJob, Written } from './files.js';
import type { Op } from './op.js';
import { packOps } from './packed-ops.js';

interface Waiting {
  readonly request: Request;
  readonly resolve: (written: Written) => void;
  readonly reject: (reason: unknown) => void;
}

/** Compiled code is what a thread can start from, also for the sources that tests run. */
const ENTRY = join(__dirname.replace(/src$/, 'dist'), 'file.worker.js');

const idle: Worker[] = [];
const queue: Waiting[] = [];
let workers = 0;

/**
 * `transcode` of a file into a file, in a thread of its own. `output` should be a temporary name: it is written in
 * place, and removed on failure.
 */
export function transcodeFile(input: string, ops: Iterable<Op>, output: string): Promise<Written> {
  return inWorker({ kind: 'transcode', input, output }, ops);
}

/** `compress` of the plain file that `ops` make of a plain file, likewise; what they drop is not read. */
export function compressFile(
  input: string,
  ops: Iterable<Op>,
  output: string,
  { level }: CompressOptions = {},
): Promise<Written> {
  return inWorker({ kind: 'compress', input, output, level }, ops);
}

/**
 * Size and SHA-256 of an open file, likewise: a thread that copies a file would wait for each chunk's hash. The
 * descriptor must stay open until then.
 */
export function hashFile(descriptor: number): Promise<Written> {
  return inWorker({ kind: 'hash', input: descriptor });
}

/**
 * The same, and copies a range of the bytes that it hashes into another open file: a result that is not the expected
 * one condemns the copy. Both descriptors must stay open until then.
 */
export function copyFile(descriptor: number, copy: Copy): Promise<Written> {
  return inWorker({ kind: 'hash', input: descriptor, copy });
}

/** At most as many threads as there are processors; further jobs wait. Threads without a job let the process end. */
function inWorker(job: FileJob, ops: Iterable<Op>): Promise<Written>;
function inWorker(job: HashJob): Promise<Written>;
function inWorker(job: FileJob | HashJob, ops?: Iterable<Op>): Promise<Written> {
  const request: Request = ops ? { job, ops: packOps(ops) } : { job };
  return new Promise((resolve, reject) => {
    queue.push({ request, resolve, reject });
    startNext();
  });
}

function startNext(): void {
  if (queue.length === 0) return;
  const worker = idle.pop() ?? (workers < availableParallelism() ? startWorker() : undefined);
  if (worker) run(worker, queue.shift()!);
}

function startWorker(): Worker {
  workers++;
  return new Worker(ENTRY);
}

function run(worker: Worker, { request, resolve, reject }: Waiting): void {
  const settle = (usable: boolean): void => {
    worker.off('message', onMessage).off('error', onError).off('exit', onExit);
    worker.unref();
    if (usable) idle.push(worker);
    else workers--;
    startNext();
  };
  const onMessage = (answer: Answer): void => {
    settle(true);
    if ('written' in answer) resolve(answer.written);
    else reject('fault' in answer ? faultOf(answer.fault) : Object.assign(new Error(), answer.error));
  };
  const onError = (error: unknown): void => {
    settle(false);
    reject(error);
  };
  const onExit = (code: number): void => onError(new Error(`a deflate worker ended with code ${code}`));
  worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  worker.ref();
  const { ops } = request;
  worker.postMessage(request, ops ? [ops.bytes.buffer, ops.steps.buffer] : []);
}

function faultOf({ code, message, hint }: Pick<DeflateError, 'code' | 'message' | 'hint'>): DeflateError {
  return new DeflateError(code, message, { hint });
}
