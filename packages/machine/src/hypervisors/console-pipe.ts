import { connect, type Socket } from 'node:net';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** The console of a machine behind a socket, which the hypervisor makes when it starts the machine. */
export interface ConsolePipe {
  readonly input: Writable;
  readonly output: Readable;
  /** Resolves after the end, once all that the machine has written is in `output`. */
  readonly closed: Promise<void>;
}

/** Milliseconds between two attempts to connect. */
const INTERVAL = 100;
/** Milliseconds after the machine's end in which the last of its console may come. */
const LAST = 500;

/** Connects to a console as soon as it is there, until `ended`. Without a path nothing is ever shown. */
export function openConsolePipe(path: string | undefined, ended: AbortSignal): ConsolePipe {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const closed = (async () => {
    const socket = path === undefined ? undefined : await connected(path, ended);
    if (socket) {
      socket.on('data', (chunk) => output.write(chunk));
      input.pipe(socket);
      await Promise.race([gone(socket), afterEnd(ended)]);
      socket.destroy();
    }
    output.end();
  })();
  return { input, output, closed };
}

async function connected(path: string, ended: AbortSignal): Promise<Socket | undefined> {
  while (!ended.aborted) {
    const socket = await new Promise<Socket | undefined>((resolve) => {
      const attempt = connect(path);
      attempt.once('connect', () => resolve(attempt)).on('error', () => resolve(undefined));
    });
    if (socket) return socket;
    await sleep(INTERVAL);
  }
  return undefined;
}

const gone = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()));

async function afterEnd(ended: AbortSignal): Promise<void> {
  if (!ended.aborted)
    await new Promise((resolve) => ended.addEventListener('abort', resolve, { once: true }));
  await sleep(LAST);
}
