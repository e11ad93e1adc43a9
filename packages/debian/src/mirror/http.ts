import { Fault } from '@nx-linuxkit/errors';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { DebianError } from '../errors.js';

/** A build fetches dozens of small files from one host; four sockets keep it busy without crowding it. */
const SOCKETS = 4;
const agents = {
  'http:': new HttpAgent({ keepAlive: true, maxSockets: SOCKETS }),
  'https:': new HttpsAgent({ keepAlive: true, maxSockets: SOCKETS }),
};

/** No byte for this long means that the server is gone. */
const IDLE_MS = 30_000;
const ATTEMPTS = 4;
const FIRST_DELAY_MS = 300;
const REDIRECTS = 5;

/** The server has no such file: another attempt would not help. */
export class NotFound extends Error {}

/**
 * Runs `use` on the body of a GET, again from the start when the connection or the server fails. What `use`
 * did in a failed attempt must be undone by it (a store's write is).
 */
export function fetchWith<T>(url: string, use: (body: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
  return again(url, async () => use(await open(url, 'GET')));
}

/** Whether the server has a file, by a HEAD. */
export function hasFile(url: string): Promise<boolean> {
  return again(url, async () => {
    (await open(url, 'HEAD')).resume();
    return true;
  }).catch((error: unknown) => {
    if (error instanceof NotFound) return false;
    throw error;
  });
}

async function again<T>(url: string, ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      /** What is said of the bytes, not of the connection, is true the next time as well. */
      if (error instanceof NotFound || error instanceof Fault) throw error;
      if (attempt === ATTEMPTS) {
        throw new DebianError('mirror-failed', `cannot fetch ${url}: ${(error as Error).message}`, {
          hint: 'check the network, or choose another mirror with NX_LINUXKIT_DEBIAN_MIRROR',
          cause: error,
        });
      }
      await sleep(FIRST_DELAY_MS * 2 ** (attempt - 1));
    }
  }
}

/** The whole body, at most `limit` bytes. */
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
    return Promise.reject(new DebianError('mirror-failed', `not an http or https URL: ${url}`));
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
