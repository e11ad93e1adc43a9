import { parentPort } from 'node:worker_threads';
import { DeflateError } from './error.js';
import { runHash, runTranscode, type HashJob, type TranscodeJob } from './files.js';
import { unpackOps, type PackedOps } from './packed-ops.js';

/** Message to a worker: one job. */
export interface Request {
  readonly id: number;
  readonly job:
    | { readonly transcode: TranscodeJob; readonly ops: PackedOps }
    | { readonly hash: HashJob }
    /** Calls the default export of a module with the data. */
    | { readonly module: string; readonly data: unknown }
    /** Loads a module that later jobs will call. */
    | { readonly load: string };
}

/** Message from a worker: a job's result or error. An error loses its class and code between threads, so it is taken apart. */
export type Answer = { readonly id: number } & (
  | { readonly result: unknown }
  | { readonly fault: Pick<DeflateError, 'code' | 'message' | 'hint'> }
  | {
      readonly error: Pick<
        NodeJS.ErrnoException,
        'code' | 'message' | 'stack' | 'syscall' | 'path' | 'errno'
      >;
    }
);

async function answer({ id, job }: Request): Promise<Answer> {
  try {
    return { id, result: await run(job) };
  } catch (error) {
    if (error instanceof DeflateError) {
      return { id, fault: { code: error.code, message: error.message, hint: error.hint } };
    }
    const { code, message, stack, syscall, path, errno } = error as NodeJS.ErrnoException;
    return { id, error: { code, message, stack, syscall, path, errno } };
  }
}

function run(job: Request['job']): unknown {
  if ('transcode' in job) return runTranscode(job.transcode, unpackOps(job.ops));
  if ('hash' in job) return runHash(job.hash);
  if ('load' in job) return void moduleAt(job.load);
  return moduleAt(job.module).default(job.data);
}

function moduleAt(path: string): { default: (data: unknown) => unknown } {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the caller chooses the module
  return require(path) as ReturnType<typeof moduleAt>;
}

parentPort?.on('message', (request: Request) => {
  void answer(request).then((message) => parentPort?.postMessage(message));
});
