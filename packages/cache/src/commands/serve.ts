import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createCacheServer, listenOn, type Tokens } from '../front/server.js';
import type { Options } from '../options.js';
import { startFront } from './start-front.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Milliseconds for uploads after the signal to end. */
const FINISH = 20_000;

/**
 * Serves until a signal. Tokens are in NX_LINUXKIT_CACHE_TOKEN (reads and writes) and NX_LINUXKIT_CACHE_READ_TOKEN; with
 * neither, one is made and printed. An empty token counts as absent: a CI gives it for a secret that a job may not have.
 */
export async function serve(
  options: Options,
  env: NodeJS.ProcessEnv,
  log: (line: string) => void,
): Promise<void> {
  const [host, wanted] = [options.text('host') ?? '127.0.0.1', options.number('port', 3636)];
  const front = await startFront(options, env);
  const stopped = Promise.race(SIGNALS.map((signal) => once(process, signal)));
  const given = {
    write: env.NX_LINUXKIT_CACHE_TOKEN || undefined,
    read: env.NX_LINUXKIT_CACHE_READ_TOKEN || undefined,
  };
  const isGiven = given.write !== undefined || given.read !== undefined;
  const tokens: Tokens = isGiven ? given : { write: randomBytes(32).toString('hex') };
  const server = createCacheServer(front, options.has('to') ? tokens : { read: tokens.read ?? tokens.write });
  try {
    const port = await listenOn(server, host, wanted);
    log(`export NX_SELF_HOSTED_REMOTE_CACHE_SERVER=http://${host}:${port}`);
    if (!isGiven) log(`export NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN=${tokens.write}`);
    await stopped;
    await front.end(FINISH, new AbortController().signal, () => undefined);
    log(`# ${front.tally.line()}`);
  } finally {
    server.close();
    server.closeAllConnections();
    await front.close();
  }
}
