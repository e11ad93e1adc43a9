import { join } from 'node:path';
import { Worker, type Transferable } from 'node:worker_threads';
import type { Answer, Request } from './file.worker.js';
import { faultOf } from './faults.js';

/** Compiled code is what a thread can start from, also for the sources that tests run. */
const ENTRY = join(__dirname.replace(/src$/, 'dist'), 'file.worker.js');

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** One worker thread: it has one job at a time that computes, and any number of those that wait for bytes. */
export class Thread {
  /** Whether it has a job that computes. */
  busy = false;
  /** How much work it has in jobs that wait for bytes. */
  waiting = 0;
  private readonly worker = new Worker(ENTRY);
  private readonly jobs = new Map<number, Waiting>();
  private serial = 0;

  /** `ended` is called when the thread is of no more use, before its jobs fail. */
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
      // Without a job it lets the process end.
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
