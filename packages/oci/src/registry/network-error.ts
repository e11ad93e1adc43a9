import { OciError } from '../error.js';

export class TimeoutError extends Error {
  readonly code = 'IDLE_TIMEOUT';
  constructor(milliseconds: number) {
    super(`no byte for ${milliseconds / 1000} s`);
  }
}

/** What go-containerregistry tries again, by Node's names, and a name server that asks to come back. */
const TRANSIENT = ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'EAI_AGAIN', 'IDLE_TIMEOUT'];
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ALTNAME|HOSTNAME_MISMATCH|INVALID_CA/;
const PROTOCOL = /^(EPROTO|ERR_SSL|ERR_TLS)/;

/** A failure of the connection as an error that names host, port and reason. */
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
    hint: 'Check the name, the port and the network; a mirror can be given for a registry that is not reachable.',
    cause,
  });
}

export function isTransient(error: unknown): boolean {
  return error instanceof OciError && TRANSIENT.includes(causeCode(error));
}

/** Nobody answered, or somebody who does not speak TLS. A certificate that is not accepted is another matter. */
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
