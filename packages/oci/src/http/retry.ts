import { setTimeout as sleep } from 'node:timers/promises';
import { giveUp, isTransient } from './network-error.js';
import type { HttpResponse } from './http-client.js';

/** Milliseconds before the second and the third attempt, as in go-containerregistry. */
export const RETRY_DELAYS: readonly number[] = [1000, 3000];
/** nginx sends 499 and Cloudflare sends 522 when the server behind them does not answer. */
const TRANSIENT_STATUS = [408, 429, 499, 500, 502, 503, 504, 522];
/** Milliseconds. Docker Hub's rate limit lasts for hours: an error is better than a build that seems to hang. */
const LONGEST_WAIT = 60_000;

/** How often a request is repeated. */
export interface Retries {
  /** Milliseconds before each further attempt. */
  readonly delays: readonly number[];
  readonly warn: (message: string) => void;
}

/**
 * Sends a request and reads its answer. Does both again, after each of the delays, while another attempt may change
 * the outcome: a connection can also break within the body.
 */
export async function withRetries<T>(
  { delays, warn }: Retries,
  send: () => Promise<HttpResponse>,
  read: (response: HttpResponse) => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const last = attempt >= delays.length;
    let wait = delays[attempt];
    try {
      const response = await send();
      const asked = retryAfter(response.headers['retry-after']);
      if (last || !TRANSIENT_STATUS.includes(response.status) || (asked ?? 0) > LONGEST_WAIT)
        return await read(response);
      wait = asked ?? wait;
      warn(`${response.url.host} answered ${response.status}, trying again in ${wait / 1000} s`);
      await response.discard();
    } catch (error) {
      if (last || !isTransient(error)) throw giveUp(error);
      warn(`${(error as Error).message}, trying again in ${wait / 1000} s`);
    }
    await sleep(wait);
  }
}

/** Reads a `Retry-After` header, which has seconds or a date, as milliseconds from now. */
export function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
