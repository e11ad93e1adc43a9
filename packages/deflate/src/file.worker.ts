import { parentPort } from 'node:worker_threads';
import { DeflateError } from './error.js';
import { runFileJob, type FileJob, type HashJob } from './files.js';
import { unpackOps, type PackedOps } from './packed-ops.js';

/** What a worker is sent. */
export interface Request {
  readonly id: number;
  readonly job:
    | { readonly file: FileJob | HashJob; readonly ops?: PackedOps }
    /** The default export of a module, called with the data. */
    | { readonly module: string; readonly data: unknown }
    /** A module that will be called. */
    | { readonly load: string };
}

/** What it answers. Errors lose their class and their code between threads, so they go in parts. */
export type Answer = { readonly id: number } & (
  | { readonly result: unknown }
  | { readonly fault: Pick<DeflateError, 'code' | 'message' | 'hint'> }
  | { readonly error: { readonly code?: string; readonly message: string; readonly stack?: string } }
);

async function answer({ id, job }: Request): Promise<Answer> {
  try {
    return { id, result: await run(job) };
  } catch (error) {
    if (error instanceof DeflateError) {
      return { id, fault: { code: error.code, message: error.message, hint: error.hint } };
    }
    const { code, message, stack } = error as NodeJS.ErrnoException;
    return { id, error: { code, message, stack } };
  }
}

function run(job: Request['job']): unknown {
  if ('file' in job) return runFileJob(job.file, job.ops ? unpackOps(job.ops) : []);
  if ('load' in job) return void moduleAt(job.load);
  return moduleAt(job.module).default(job.data);
}

function moduleAt(path: string): { default: (data: unknown) => unknown } {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the caller says which
  return require(path) as ReturnType<typeof moduleAt>;
}

parentPort?.on('message', (request: Request) => {
  void answer(request).then((message) => parentPort?.postMessage(message));
});
