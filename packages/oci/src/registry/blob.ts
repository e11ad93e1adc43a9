import { setTimeout as sleep } from 'node:timers/promises';
import { OciError } from '../error.js';
import type { Expected } from '../verify.js';
import type { RegistryClient } from './client.js';
import type { HttpResponse } from '../http/http-client.js';
import { isTransient } from '../http/network-error.js';

/** Bytes of progress after which a broken connection counts as a first attempt again, as in containers/image. */
const PROGRESS = 1 << 20;

/**
 * Yields the bytes of a blob from the offset `from` on. When a connection breaks, a new one continues at the byte
 * where it broke. The caller hashes across these joins. `image` is the image's name in messages.
 */
export async function* downloadBlob(
  client: RegistryClient,
  { digest, size }: Expected,
  from: number,
  image = `${client.endpoint.host}/${client.endpoint.repository}`,
): AsyncGenerator<Uint8Array, void> {
  const { delays, warn } = client.retries;
  const deadline = client.connections.http.deadline();
  let [offset, resumedAt, attempt] = [from, from, 0];
  while (offset < size || size === 0) {
    const response = await request(client, digest, image, offset, deadline);
    try {
      for await (const chunk of bodyFrom(response, offset)) {
        offset += chunk.length;
        yield chunk;
      }
      return checkEnd(response, { digest, size }, offset);
    } catch (error) {
      if (!isTransient(error)) throw error;
      attempt = offset - resumedAt >= PROGRESS ? 0 : attempt;
      if (attempt >= delays.length) throw error;
      warn(`${(error as Error).message}, resuming blob ${digest} at byte ${offset} of ${size}`);
      await sleep(delays[attempt++]);
      resumedAt = offset;
    }
  }
}

function request(
  client: RegistryClient,
  digest: string,
  image: string,
  offset: number,
  deadline: number,
): Promise<HttpResponse> {
  return client.call({
    method: 'GET',
    path: `blobs/${digest}`,
    // Offsets count the bytes of the blob, which a content encoding would change.
    headers: { 'accept-encoding': 'identity', ...(offset > 0 ? { range: `bytes=${offset}-` } : {}) },
    accept: offset > 0 ? [200, 206, 416] : [200],
    what: `blob ${digest} of ${image}`,
    deadline,
  });
}

/** Yields what the blob has from `offset` on, also out of the whole blob, which a server without ranges sends. */
async function* bodyFrom(response: HttpResponse, offset: number): AsyncGenerator<Uint8Array, void> {
  if (response.status === 416) return await response.discard();
  let skip = response.status === 206 ? 0 : offset;
  const start = /^bytes (\d+)-/.exec(response.headers['content-range'] ?? '')?.[1];
  if (response.status === 206 && Number(start) !== offset) {
    await response.discard();
    throw new OciError(
      'registry-error',
      `${response.url.host} was asked for byte ${offset}, but sent from ${start}`,
    );
  }
  for await (const chunk of response.body()) {
    if (skip < chunk.length) yield skip === 0 ? chunk : chunk.subarray(skip);
    skip = Math.max(0, skip - chunk.length);
  }
}

/** Throws if an answer that ended in order was too short: then the registry's own copy is too short. */
function checkEnd(response: HttpResponse, { digest, size }: Expected, offset: number): void {
  if (offset >= size) return;
  throw new OciError(
    'truncated',
    `blob ${digest} ends after ${offset} bytes at ${response.url.host}, expected ${size}`,
    {
      hint: 'Push the image again, or use another registry: this one has a damaged copy.',
    },
  );
}
