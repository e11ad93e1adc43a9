import { OciError } from '../error.js';

/** A connection on which no byte arrived for too long. */
export class TimeoutError extends Error {
  readonly code = 'IDLE_TIMEOUT';
  constructor(milliseconds: number) {
    super(`no byte for ${milliseconds / 1000} s`);
  }
}

/** Node's names for the errors that go-containerregistry retries, and for a name server that is busy. */
const TRANSIENT = ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'EAI_AGAIN', 'IDLE_TIMEOUT'];
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ALTNAME|HOSTNAME_MISMATCH|INVALID_CA/;
const PROTOCOL = /^(EPROTO|ERR_SSL|ERR_TLS)/;

/** Turns a failure of a connection into an `OciError` that names host, port and reason. */
export function networkError(cause: unknown, url: URL): unknown {
  if (cause instanceof OciError) return cause;
  const { code = '', message = '' } = cause as NodeJS.ErrnoException;
  const place = `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`;
  if (CERTIFICATE.test(code)) {
    return new OciError('tls', `the certificate of ${place} is not accepted: ${message} (${code})`, {
      hint: 'If a private authority signed it, give its PEM file as caFile.',
      cause,
    });
  }
  if (PROTOCOL.test(code)) {
    return new OciError('tls', `${place} does not speak TLS as expected (${code})`, {
      hint: 'If it serves plain http, list it under insecure.',
      cause,
    });
  }
  if (code === 'IDLE_TIMEOUT') {
    return new OciError('timeout', `${place} does not answer: ${message}`, {
      hint: 'Check the network and try again.',
      cause,
    });
  }
  return new OciError('unreachable', `cannot reach ${place}: ${reason(code, message)}`, {
    hint: 'Check the name, the port and the network, or name a mirror that can be reached.',
    cause,
  });
}

/** Tells whether another attempt may succeed. */
export function isTransient(error: unknown): boolean {
  return error instanceof OciError && TRANSIENT.includes(causeCode(error));
}

/** Tells whether no server answered, or one that does not speak TLS. A rejected certificate is neither. */
export function isWithoutTls(error: unknown): boolean {
  return error instanceof OciError && (error.code !== 'tls' || PROTOCOL.test(causeCode(error)));
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
