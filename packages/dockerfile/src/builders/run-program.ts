import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DockerfileError } from '../error.js';
import { LogTail } from './log-tail.js';

/** How a program is run. */
export interface ProgramOptions {
  /** What it reads from its standard input. */
  readonly input?: AsyncIterable<Uint8Array>;
  readonly env?: NodeJS.ProcessEnv;
  /** The folder in which it runs. Default: that of this process. */
  readonly cwd?: string;
  readonly log?: (line: string) => void;
  /** The program's name in errors, if it is started by another one. */
  readonly called?: string;
}

/**
 * Runs a program to its end, and gives what it wrote to its standard output. Throws DockerfileError `builder-failed` with the
 * last lines of both outputs.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { input, env = process.env, cwd, log = () => undefined, called = program }: ProgramOptions = {},
): Promise<string> {
  const child = spawn(program, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  const tail = new LogTail(log);
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    output.push(chunk);
    tail.add(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => tail.add(chunk));
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 1));
  });
  // A program that ends early no longer reads; its exit status says why.
  const written = pipeline(Readable.from(input ?? [], { objectMode: false }), child.stdin).catch(
    (error: unknown) => error,
  );
  const status = await ended;
  const failure = await written;
  tail.end();
  if (status !== 0) throw failed(`${called} ended with ${status}`, tail);
  if (failure && (failure as NodeJS.ErrnoException).code !== 'EPIPE') throw failure;
  return Buffer.concat(output).toString('utf8');
}

/** The last line of a failed program's output, else its message: the reason in few words. */
export function reasonOf(error: unknown): string {
  const lines = (error as Error).message.split('\n').map((line) => line.replace(/^ *\| /, '').trim());
  return lines.filter((line) => line !== '').at(-1) ?? '';
}

/** The error of a builder, with the end of its log. */
export function failed(message: string, tail: LogTail, cause?: unknown): DockerfileError {
  const lines = tail.lines.map((line) => `\n  | ${line}`).join('');
  return new DockerfileError('builder-failed', `${message}${lines}`, { cause });
}
