import { OciError } from '../error.js';
import { quote } from '../digest.js';
import type { Lookup } from '../credentials.js';
import { asArray, asObject, optional, parseJson } from '../json.js';
import type { HttpResponse } from '../http/http-client.js';
import type { Secrets } from '../http/secrets.js';

/** What a failed request was for. */
export interface Asked {
  /** The registry, as credentials know it. */
  readonly host: string;
  /** `manifest docker.io/library/nginx:1`. */
  readonly what: string;
  /** The search for credentials, after a 401 or 403. */
  readonly lookup?: Lookup;
  /** What must not be shown, though the registry may echo it. */
  readonly secrets: Secrets;
}

/** Bytes of a response that are searched for an error message. */
const BODY_LIMIT = 64 << 10;
/** Characters of a registry's message that are shown. */
const DETAIL_LIMIT = 300;

/** Turns a response with an unexpected status into an error that says what to do. Reads the body. */
export async function statusError(response: HttpResponse, asked: Asked): Promise<OciError> {
  const { host, what, lookup, secrets } = asked;
  const { status } = response;
  const detail = printable(secrets.redact(await detailOf(response)));
  const said = `${response.url.host} answered ${status}${detail ? ` (${detail})` : ''}`;
  if (status === 401 || status === 403) {
    const code = status === 401 ? 'unauthorized' : 'forbidden';
    return new OciError(code, `no access to ${what}: ${said}; ${credentialsUsed(host, lookup)}`, {
      hint: `Check the name; for a private image run docker login ${host}.`,
    });
  }
  if (status === 404) {
    return new OciError('not-found', `${what} does not exist: ${said}`, {
      hint: 'Check the name and the tag.',
    });
  }
  if (status === 429) {
    return new OciError(
      'rate-limited',
      `too many requests for ${what}: ${said}${secrets.redact(limits(response))}`,
      {
        hint: `Wait, use a mirror, or raise the limit by docker login ${host}.`,
      },
    );
  }
  return new OciError('registry-error', `cannot get ${what}: ${said}`, {
    hint: status >= 500 ? 'Try again later, or use a mirror: the registry has a fault.' : undefined,
  });
}

function credentialsUsed(host: string, lookup: Lookup | undefined): string {
  if (!lookup) return 'no credentials were asked for';
  if (lookup.credentials) return `the credentials for ${host} in ${lookup.file} were refused`;
  return `no credentials for ${host} in ${lookup.looked.join(', ')}`;
}

/**
 * Reads the registry's error messages, or the first line of another answer.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 */
async function detailOf(response: HttpResponse): Promise<string> {
  const text = await response.text(BODY_LIMIT).catch(() => '');
  try {
    const errors = asArray(asObject(parseJson(Buffer.from(text), 'answer'), 'answer').errors, 'errors');
    const parts = errors.map((error) => {
      const { code, message } = asObject(error, 'error');
      return [code, message].filter((part) => typeof part === 'string' && part !== '').join(': ');
    });
    return parts.join('; ');
  } catch {
    return text.trim().split('\n', 1)[0];
  }
}

/** Escapes and shortens a text of the registry, which must not send control characters to the user's terminal. */
function printable(text: string): string {
  return quote(text, DETAIL_LIMIT).slice(1, -1).replaceAll('\\"', '"');
}

function limits({ headers }: HttpResponse): string {
  const names = ['ratelimit-limit', 'ratelimit-remaining', 'retry-after'];
  const known = names.flatMap((name) =>
    optional(headers[name], String, name) ? [`${name}: ${headers[name]}`] : [],
  );
  return known.length > 0 ? `; ${known.map(printable).join(', ')}` : '';
}
