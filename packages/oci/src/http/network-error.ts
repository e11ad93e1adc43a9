import { OciError } from '../error.js';
import type { Proxy } from './proxies.js';

/** A request that took too long. */
export class TimeoutError extends Error {
  private constructor(
    readonly code: 'IDLE_TIMEOUT' | 'TOO_SLOW' | 'TOO_LATE',
    message: string,
  ) {
    super(message);
  }

  /** No byte arrived. */
  static silent(milliseconds: number): TimeoutError {
    return new TimeoutError('IDLE_TIMEOUT', `does not answer: no byte for ${milliseconds / 1000} s`);
  }

  /** Bytes arrived, but fewer than the minimum rate. */
  static slow(bytes: number, milliseconds: number, rate: number): TimeoutError {
    const seconds = Math.round(milliseconds / 100) / 10;
    const expected = `expected at least ${rate} bytes/s (option minimumRate)`;
    return new TimeoutError('TOO_SLOW', `is too slow: ${bytes} bytes in ${seconds} s, ${expected}`);
  }

  /** The whole transfer took too long. */
  static late(milliseconds: number): TimeoutError {
    const limit = `${milliseconds / 1000} s (option transferTimeout)`;
    return new TimeoutError('TOO_LATE', `was not done after ${limit}`);
  }
}

/** Node's names for the errors that go-containerregistry retries, and for a name server that is busy. */
const TRANSIENT = [
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'EAI_AGAIN',
  'IDLE_TIMEOUT',
  'TOO_SLOW',
];
const TIMEOUT = ['IDLE_TIMEOUT', 'TOO_SLOW', 'TOO_LATE'];
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ALTNAME|HOSTNAME_MISMATCH|INVALID_CA/;
const PROTOCOL = /^(EPROTO|ERR_SSL|ERR_TLS)/;
/** OpenSSL's words for an answer that is no record of TLS, such as the 400 of an HTTP server. */
const NOT_TLS = /wrong version number|packet length too long|http request/i;
/** The code of a proxy's answer to CONNECT that is not 2xx. */
const REFUSED_BY_PROXY = 'PROXY_REFUSED';

/** Errors of requests that were already repeated as often as allowed. */
const exhausted = new WeakSet<object>();

/**
 * Turns a failure of a connection into an `OciError` that names host, port and reason; `proxy` is the proxy that the
 * connection leads to, if it leads to one.
 */
export function networkError(cause: unknown, url: URL, proxy?: Proxy): unknown {
  if (cause instanceof OciError) return cause;
  const { code = '', message = '' } = cause as NodeJS.ErrnoException;
  const host = `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`;
  const place = proxy ? `the proxy ${proxy.place}` : host;
  if (CERTIFICATE.test(code)) {
    return new OciError('tls', `the certificate of ${place} is not accepted: ${message} (${code})`, {
      hint: 'If a private authority signed it, give its PEM file as caFile.',
      cause,
    });
  }
  if (PROTOCOL.test(code)) {
    return new OciError('tls', `${place} does not speak TLS as expected (${code})`, {
      hint: proxy ? `Correct ${proxy.variable}: the proxy may speak http alone.` : insecureHint(url),
      cause,
    });
  }
  if (TIMEOUT.includes(code)) {
    return new OciError('timeout', `${place} ${message}`, {
      hint: 'Check the network and try again, or name a mirror that is faster.',
      cause,
    });
  }
  if (proxy) {
    return new OciError('proxy', `cannot reach ${place}: ${reason(code, message)}`, {
      hint: `Correct ${proxy.variable}, or list hosts that need no proxy in NO_PROXY.`,
      cause,
    });
  }
  const plain = url.protocol === 'https:' && code === 'ECONNREFUSED' ? ` ${insecureHint(url)}` : '';
  return new OciError('unreachable', `cannot reach ${place}: ${reason(code, message)}`, {
    hint: `Check the name, the port and the network, or name a mirror that can be reached.${plain}`,
    cause,
  });
}

/** Returns the error for a proxy that answered a request, or a request to connect to `target`, with a refusal. */
export function proxyRefusal(proxy: Proxy, status: number, target: string): OciError {
  const cause = Object.assign(new Error(`status ${status}`), { code: REFUSED_BY_PROXY });
  // tinyproxy answers 407 to no credentials, and 401 to wrong ones.
  if (status === 407 || status === 401) {
    const got = proxy.authorization ? 'it refused those of' : 'there are none in';
    return new OciError('proxy', `the proxy ${proxy.place} wants credentials, and ${got} ${proxy.variable}`, {
      hint: `Write ${proxy.variable} as http://user:password@host:port, with special characters percent-encoded.`,
    });
  }
  return new OciError(
    'proxy',
    `the proxy ${proxy.place} does not connect to ${target}: it answered ${status}`,
    {
      hint: `Ask who runs the proxy to allow this host, or list the host in NO_PROXY.`,
      cause,
    },
  );
}

/** Tells whether another attempt may succeed. */
export function isTransient(error: unknown): boolean {
  return error instanceof OciError && TRANSIENT.includes(causeCode(error)) && !exhausted.has(error);
}

/** Marks an error whose request was repeated, so that a request around it is not repeated as well. */
export function giveUp(error: unknown): unknown {
  if (error instanceof OciError) exhausted.add(error);
  return error;
}

/**
 * Tells whether no TLS server can be behind this error: nothing listens, something answers that is no TLS, or a proxy
 * does not connect. A certificate, an alert, a reset or silence may come from a TLS server or from an attacker before
 * it.
 */
export function isWithoutTls(error: unknown): boolean {
  if (!(error instanceof OciError)) return false;
  if (error.code === 'proxy') return causeCode(error) === REFUSED_BY_PROXY;
  if (error.code === 'unreachable') return causeCode(error) === 'ECONNREFUSED';
  return error.code === 'tls' && NOT_TLS.test((error.cause as Error | undefined)?.message ?? '');
}

function insecureHint({ host }: URL): string {
  return `If it serves plain http, allow that with the plugin option "insecure": ["${host}"].`;
}

function causeCode({ cause }: OciError): string {
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? '';
}

function reason(code: string, message: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'connection refused (ECONNREFUSED)';
    case 'ENOTFOUND':
      return 'the name is not known (ENOTFOUND)';
    case 'EAI_AGAIN':
      return 'the name server does not answer (EAI_AGAIN)';
    case 'ECONNRESET':
      return 'the connection was cut (ECONNRESET)';
    case 'ETIMEDOUT':
      return 'connecting timed out (ETIMEDOUT)';
    default:
      return code && !message.includes(code) ? `${message} (${code})` : message;
  }
}
