import { parentPort } from 'node:worker_threads';
import { DeflateError } from './error.js';
import { runFileJob, type FileJob, type HashJob, type Written } from './files.js';
import { unpackOps, type PackedOps } from './packed-ops.js';

/** What a worker is sent: one at a time. */
export interface Request {
  readonly job: FileJob | HashJob;
  readonly ops?: PackedOps;
}

/** What it answers. Errors lose their class and their code between threads, so they go in parts. */
export type Answer =
  | { readonly written: Written }
  | { readonly fault: Pick<DeflateError, 'code' | 'message' | 'hint'> }
  | { readonly error: { readonly code?: string; readonly message: string; readonly stack?: string } };

async function answer({ job, ops }: Request): Promise<Answer> {
  try {
    return { written: await runFileJob(job, ops ? unpackOps(ops) : []) };
  } catch (error) {
    if (error instanceof DeflateError) {
      return { fault: { code: error.code, message: error.message, hint: error.hint } };
    }
    const { code, message, stack } = error as NodeJS.ErrnoException;
    return { error: { code, message, stack } };
  }
}

parentPort?.on('message', (request: Request) => {
  void answer(request).then((message) => parentPort?.postMessage(message));
});
