import { join } from 'node:path';
import { Worker, type Transferable } from 'node:worker_threads';
import { faultOf } from './faults.js';
import type { Answer, Request } from './worker.js';

/** A thread can start from compiled code only, so tests, which run from `src`, use the worker in `dist` as well. */
const ENTRY = join(__dirname.replace(/src$/, 'dist'), 'worker.js');

interface RunningJob {
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** One worker thread. It runs at most one job that computes, and any number of jobs that wait for bytes. */
export class Thread {
  /** Whether it runs a job that computes. */
  busy = false;
  /** The summed weight of its jobs that wait for bytes. */
  waiting = 0;
  private readonly worker = new Worker(ENTRY);
  private readonly jobs = new Map<number, RunningJob>();
  private serial = 0;

  /** Calls `ended` when the thread has ended, before its jobs are rejected. */
  constructor(ended: () => void) {
    const end = (error: unknown) => {
      ended();
      const jobs = [...this.jobs.values()];
      this.jobs.clear();
      jobs.forEach(({ reject }) => reject(error));
    };
    this.worker
      .on('message', (answer: Answer) => this.settle(answer))
      .on('error', end)
      .on('exit', (code) => end(new Error(`a deflate worker ended with code ${code}`)))
      // A thread without a job does not keep the process alive.
      .unref();
  }

  run(job: Request['job'], transfer: readonly Transferable[]): Promise<unknown> {
    const id = (this.serial += 1);
    return new Promise((resolve, reject) => {
      this.jobs.set(id, { resolve, reject });
      this.worker.ref();
      this.worker.postMessage({ id, job }, transfer);
    });
  }

  private settle(answer: Answer): void {
    const job = this.jobs.get(answer.id);
    this.jobs.delete(answer.id);
    if (this.jobs.size === 0) this.worker.unref();
    if ('result' in answer) job?.resolve(answer.result);
    else job?.reject('fault' in answer ? faultOf(answer.fault) : Object.assign(new Error(), answer.error));
  }
}
