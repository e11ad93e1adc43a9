import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** One step of a conversation: the text to wait for, and the text to type then. */
export type Line = readonly [seen: string, typed: string];

/** Talks to a guest over a serial line, which QEMU offers as a socket, and returns all that the guest said. */
export async function converse(path: string, lines: readonly Line[], ends: AbortSignal): Promise<string> {
  const socket = await open(path, ends);
  let seen = '';
  let read = 0;
  socket.on('data', (chunk) => (seen += chunk.toString('latin1')));
  for (const [expected, typed] of lines) {
    while (!seen.includes(expected, read)) {
      if (ends.aborted) throw new Error(`saw no ${JSON.stringify(expected)} in ${JSON.stringify(seen)}`);
      await sleep(200);
    }
    read = seen.indexOf(expected, read) + expected.length;
    socket.write(typed);
  }
  return seen;
}

async function open(path: string, ends: AbortSignal): Promise<Socket> {
  while (!ends.aborted) {
    const socket = connect(path);
    const opened = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (opened) return socket.on('error', () => socket.destroy());
    await sleep(200);
  }
  throw new Error(`nothing listens at ${path}`);
}
