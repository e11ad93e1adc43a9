import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import { CacheError } from '../error.js';
import type { Front } from '../front/front.js';
import { createCacheServer, listenOn } from '../front/server.js';
import { formatBytes } from '../front/tally.js';
import type { Options } from '../options.js';
import { startFront } from './start-front.js';

const LOOPBACK = '127.0.0.1';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const NAME = 'nx-linuxkit-cache';
/** Milliseconds for uploads after a signal: a person waits, or a CI that soon ends all. The next run sends what is left. */
const STOPPED_FINISH = 10_000;

/** Runs a command with the cache, waits for uploads, says in one line what happened, and returns the command's status. Throws `no-command`. */
export async function runCommand(
  command: readonly string[],
  options: Options,
  env: NodeJS.ProcessEnv,
  stderr: NodeJS.WriteStream,
): Promise<number> {
  const finish = options.number('finish', 300) * 1000;
  const front = await startFront(options, env);
  const token = randomBytes(32).toString('hex');
  const server = createCacheServer(front, options.has('to') ? { write: token } : { read: token });
  try {
    const port = await listenOn(server, LOOPBACK, 0);
    const { status, isStopped } = await ended(command, withCache(env, `http://${LOOPBACK}:${port}`, token));
    await endUploads(front, isStopped ? Math.min(finish, STOPPED_FINISH) : finish, stderr);
    stderr.write(`${NAME}: ${front.tally.line()}\n`);
    return status;
  } finally {
    server.close();
    server.closeAllConnections();
    await front.close();
  }
}

/** The environment that Nx reads: https://nx.dev/docs/kb/self-hosted-caching. Loopback is asked without a proxy. */
function withCache(env: NodeJS.ProcessEnv, url: string, token: string): NodeJS.ProcessEnv {
  const exceptions = [env.no_proxy ?? env.NO_PROXY, LOOPBACK].filter((part) => part).join(',');
  return {
    ...env,
    NX_SELF_HOSTED_REMOTE_CACHE_SERVER: url,
    NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN: token,
    NO_PROXY: exceptions,
    no_proxy: exceptions,
  };
}

/** How a command has ended. */
interface Ended {
  /** A command that a signal ended has 128 and the signal's number, as in a shell. */
  readonly status: number;
  /** Whether a signal came while it ran. */
  readonly isStopped: boolean;
}

/** Runs a command to its end. */
function ended([program, ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: 'inherit', shell: process.platform === 'win32' });
    const signals = forwardSignals(child);
    child.once('error', (cause: NodeJS.ErrnoException) => {
      signals.release();
      reject(
        new CacheError('no-command', `cannot run ${program}: ${cause.code ?? cause.message}`, {
          hint: 'Write the command after two dashes: nx-linuxkit-cache --to URL -- npx nx build my-os',
          cause,
        }),
      );
    });
    child.once('exit', (code, signal) => {
      signals.release();
      resolve({ status: code ?? 128 + constants.signals[signal!], isStopped: signals.came });
    });
  });
}

/** Passes signals on, and lives on until the command has ended. A terminal sends Ctrl-C to the command itself. */
function forwardSignals(child: ChildProcess): { readonly came: boolean; release(): void } {
  let came = false;
  const forward = (signal: NodeJS.Signals) => {
    came = true;
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, forward);
  return {
    get came() {
      return came;
    },
    release: () => {
      for (const signal of SIGNALS) process.off(signal, forward);
    },
  };
}

/** Waits for uploads, with one line of progress where somebody looks. A signal ends the wait. */
async function endUploads(front: Front, milliseconds: number, stderr: NodeJS.WriteStream): Promise<void> {
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  for (const signal of SIGNALS) process.once(signal, stop);
  const show = () => {
    const line = `${NAME}: storing ${front.left} more, ${formatBytes(front.leftBytes)}`;
    if (stderr.isTTY) stderr.write(`\r\x1b[K${line}`);
  };
  await front.end(milliseconds, stopped.signal, show);
  if (stderr.isTTY) stderr.write('\r\x1b[K');
  for (const signal of SIGNALS) process.off(signal, stop);
  if (front.left === 0) return;
  front.tally.problem(`${front.left} entries (${formatBytes(front.leftBytes)}) were not stored in time`);
}
