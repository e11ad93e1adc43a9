import { get } from 'node:http';
import { matches, nameOf } from './console-matcher.js';
import { MachineError } from './error.js';
import type { HttpCheck, PublishedPort } from './options.js';

/** A fifth of a second is short beside a boot, and the host hardly notices the attempts. */
const RETRY_MS = 200;
/** QEMU's user network accepts a connection before the guest listens, and may never answer on it. */
const ATTEMPT_MS = 3000;
/** Characters of a body that are kept: enough for a status page. The rest is dropped, so that memory is bounded. */
const MAX_BODY = 1024 ** 2;

/** An HTTP check, and the URL on this host that reaches the guest. */
export interface HttpTarget {
  readonly url: string;
  readonly check: HttpCheck;
}

/** Resolves the guest's port of a check to a URL on this host. Throws `invalid-option` if it is not published. */
export function httpTarget(check: HttpCheck, ports: readonly PublishedPort[]): HttpTarget {
  const port = ports.find(({ guest, protocol }) => guest === check.port && protocol === 'tcp');
  if (!port) {
    throw new MachineError(
      'invalid-option',
      `the HTTP check is for port ${check.port}, which is not published`,
      {
        hint: `Add "0:${check.port}" to the published ports.`,
      },
    );
  }
  const address = port.address && port.address !== '0.0.0.0' ? port.address : '127.0.0.1';
  return { url: `http://${address}:${port.host}${check.path ?? '/'}`, check };
}

/**
 * Sends requests until an answer passes the check, or the signal aborts. Calls `onFailure` after each other answer.
 */
export async function pollHttp(
  target: HttpTarget,
  signal: AbortSignal,
  onFailure: (why: string) => void,
): Promise<void> {
  while (!signal.aborted) {
    const why = await attempt(target, signal);
    if (why === undefined) return;
    onFailure(why);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** Sends one request. Resolves with the reason why the check failed, or undefined if it passed. */
function attempt({ url, check }: HttpTarget, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { signal, timeout: ATTEMPT_MS, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        if (body.length < MAX_BODY) body += text;
      });
      response.on('end', () => resolve(judge(check, response.statusCode, body)));
      response.on('error', (error) => resolve(error.message));
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', (error) => resolve(error.message));
  });
}

function judge(check: HttpCheck, status: number | undefined, body: string): string | undefined {
  const wanted = check.status ?? 200;
  if (status !== wanted) return `status ${status}, expected ${wanted}`;
  if (check.body === undefined || matches(check.body, body)) return undefined;
  return `a body without ${nameOf(check.body)}`;
}
