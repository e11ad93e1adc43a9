import { Fault } from '@nx-linuxkit/errors';
import { CloudError, type CloudErrorCode } from '../error.js';
import type { Answer, CallRequest } from './request.js';

/** Characters of an answer that an error quotes: what is wrong stands at its beginning. */
const QUOTED = 400;

const CODES: Readonly<Record<number, CloudErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  429: 'rate-limited',
  503: 'rate-limited',
};

const HINTS: Readonly<Partial<Record<CloudErrorCode, string>>> = {
  unauthorized: 'Renew the credentials: they may have expired, or belong to another account.',
  forbidden: 'Give the credentials the permissions that --dry-run lists.',
  'rate-limited': 'Try again later: the platform asks for fewer requests.',
  'not-found': 'Check the names and the region in the options.',
};

/** The error of an answer that is none of the expected ones, with the platform's own words. */
export function statusFault(
  { status, text }: Answer,
  { purpose }: CallRequest,
  url: URL,
  redact: (text: string) => string,
): CloudError {
  const code = CODES[status] ?? 'platform-error';
  // Once as it came and once in one line: a secret may have blanks of its own.
  const said = redact(redact(text).replace(/\s+/g, ' ').trim());
  const quoted = said.length > QUOTED ? `${said.slice(0, QUOTED)}…` : said;
  const error = new CloudError(
    code,
    `cannot ${purpose}: ${url.host} answered ${status}${quoted ? `: ${quoted}` : ''}`,
    HINTS[code] ? { hint: HINTS[code] } : {},
  );
  error.status = status;
  return error;
}

/** The error of a connection that failed, after all attempts. */
export function connectionFault(
  error: unknown,
  { purpose }: CallRequest,
  redact: (text: string) => string,
): unknown {
  if (!(error instanceof Fault) || error instanceof CloudError) return error;
  return new CloudError('unreachable', `cannot ${purpose}: ${redact(error.message)}`, {
    hint: 'Check the network and the proxy, then run the same command again: it goes on where it stopped.',
  });
}
