import { whenAnswered, type PublishedPort } from '@nx-linuxkit/machine';
import type { Console } from './console.js';

/** Says where a published port is, and when a program of the guest answers there. */
export async function announce(port: PublishedPort, screen: Console, ended: AbortSignal): Promise<void> {
  const { host, guest, protocol } = port;
  screen.say(`${protocol} port ${guest} of the guest is at localhost:${host}`);
  if (protocol !== 'tcp') return;
  const where = await whenAnswered(port, ended);
  if (where !== undefined) screen.say(`port ${host} answers: ${where}`);
}
