import { Fault } from '@nx-linuxkit/errors';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { DebianError } from '../errors.js';

/** Connections to one host. A build fetches dozens of small files; four connections keep a host busy and no more. */
export const SOCKETS = 4;
const agents = {
  'http:': new HttpAgent({ keepAlive: true, maxSockets: SOCKETS }),
  'https:': new HttpsAgent({ keepAlive: true, maxSockets: SOCKETS }),
};

/** Milliseconds without a byte after which a server counts as gone. */
const IDLE_MS = 30_000;
const ATTEMPTS = 4;
const FIRST_DELAY_MS = 300;
const REDIRECTS = 5;

/** A server's answer that it has no such file, so that another attempt would not help. */
export class NotFound extends Error {}

/**
 * Calls `use` with the body of a GET, and again from the start when the connection or the server fails. `use` must undo
 * what it did in a failed attempt, as the store's `write` does. Throws `NotFound` or `mirror-failed`.
 */
export function fetchWith<T>(url: string, use: (body: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
  return again(url, async () => use(await open(url, 'GET')));
}

/** Asks by HEAD whether a server has a file. */
export function hasFile(url: string): Promise<boolean> {
  return again(url, async () => {
    (await open(url, 'HEAD')).resume();
    return true;
  }).catch((error: unknown) => {
    if (error instanceof NotFound) return false;
    throw error;
  });
}

/** Repeats a request after an error of the connection or the server, with growing pauses. */
async function again<T>(url: string, ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      // A `Fault` is about the bytes and not about the connection, so that it would come again.
      if (error instanceof NotFound || error instanceof Fault) throw error;
      if (attempt === ATTEMPTS) {
        throw new DebianError('mirror-failed', `cannot fetch ${url}: ${(error as Error).message}`, {
          hint: 'Check the network, or choose another mirror with NX_LINUXKIT_DEBIAN_MIRROR.',
          cause: error,
        });
      }
      await sleep(FIRST_DELAY_MS * 2 ** (attempt - 1));
    }
  }
}

/** Reads the body of a GET as UTF-8; throws `bad-format` beyond `limit` bytes. */
export function fetchText(url: string, limit: number): Promise<string> {
  return fetchWith(url, async (body) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      if (size > limit) throw new DebianError('bad-format', `${url} is larger than ${limit} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  });
}

async function open(url: string, method: 'GET' | 'HEAD', redirects = REDIRECTS): Promise<IncomingMessage> {
  const response = await request(url, method);
  const status = response.statusCode ?? 0;
  if (status === 200) return response;
  response.resume();
  const location = response.headers.location;
  if (status >= 300 && status < 400 && location && redirects > 0) {
    return open(new URL(location, url).href, method, redirects - 1);
  }
  if (status === 404 || status === 410) throw new NotFound(`${url}: ${status}`);
  throw new Error(`HTTP status ${status}`);
}

function request(url: string, method: 'GET' | 'HEAD'): Promise<IncomingMessage> {
  const { protocol } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') {
    return Promise.reject(new DebianError('mirror-failed', `expected an http or https URL, got ${url}`));
  }
  const send = protocol === 'https:' ? httpsRequest : httpRequest;
  const options = { method, agent: agents[protocol], headers: { 'user-agent': 'nx-linuxkit' } };
  return new Promise((resolve, reject) => {
    const pending = send(url, options, resolve);
    pending.setTimeout(IDLE_MS, () => pending.destroy(new Error(`no answer within ${IDLE_MS / 1000} s`)));
    pending.on('error', reject);
    pending.end();
  });
}
