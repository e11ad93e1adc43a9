import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PublishedPort } from './options.js';

/** Milliseconds between two attempts. A person does not notice a second, and the host hardly notices the attempts. */
const RETRY_MS = 1000;
/** Milliseconds for which a program may greet first, as ssh does, before it is asked. */
const GREETING_MS = 300;
/** Milliseconds for an answer. QEMU accepts a connection before the guest listens, and may never answer on it. */
const ANSWER_MS = 3000;
/** A program that closes this many connections without a word will not answer the next one either. */
const MAX_SILENT = 5;
/**
 * A request without a `Host` line. Redis answers it with an error; with that line it would log an attack. Other programs
 * that do not speak HTTP answer it with a message of their own, or close.
 */
const REQUEST = 'GET / HTTP/1.0\r\n\r\n';
/** The guest's port of HTTPS, by its number alone: a TLS server says nothing that a person could use to HTTP. */
const HTTPS = 443;

/**
 * Waits until a program of the guest answers on a published TCP port. Returns where it is: a URL for HTTP, else host and
 * port. Returns undefined if `signal` aborts first, or if the program closes each connection without an answer. `retryMs`
 * are the milliseconds between two attempts.
 */
export async function whenAnswered(
  port: PublishedPort,
  signal: AbortSignal,
  retryMs = RETRY_MS,
): Promise<string | undefined> {
  for (let silent = 0; silent < MAX_SILENT && !signal.aborted;) {
    const { answer, asked } = await ask(port, signal);
    if (answer !== undefined) return addressOf(port, answer);
    if (asked) silent += 1;
    await sleep(retryMs, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

/** What one connection gave: the first bytes, and whether the program closed it after it was asked. */
interface Asked {
  readonly answer?: string;
  readonly asked: boolean;
}

function ask({ host, address = '127.0.0.1' }: PublishedPort, signal: AbortSignal): Promise<Asked> {
  return new Promise((resolve) => {
    let asked = false;
    const socket: Socket = connect({ host: reachable(address), port: host });
    const end = (result: Asked) => {
      clearTimeout(greeting);
      signal.removeEventListener('abort', give);
      socket.destroy();
      resolve(result);
    };
    const give = () => end({ asked: false });
    const greeting = setTimeout(() => {
      asked = true;
      socket.write(REQUEST);
    }, GREETING_MS);
    signal.addEventListener('abort', give, { once: true });
    socket.setTimeout(ANSWER_MS, give);
    socket.once('data', (bytes) => end({ answer: bytes.toString('latin1'), asked }));
    socket.once('close', () => end({ asked }));
    // `close` follows.
    socket.on('error', () => undefined);
  });
}

/** A listener on every address is reached by loopback. */
function reachable(address: string): string {
  const plain = address.replace(/^\[|\]$/g, '');
  if (plain === '0.0.0.0') return '127.0.0.1';
  return plain === '::' ? '::1' : plain;
}

function addressOf({ host, guest, address = '127.0.0.1' }: PublishedPort, answer: string): string {
  const name = /^(127\.|0\.0\.0\.0$)/.test(address) ? 'localhost' : address;
  if (guest === HTTPS) return `https://${name}:${host}`;
  return answer.startsWith('HTTP/') ? `http://${name}:${host}` : `${name}:${host}`;
}
