import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import * as tls from 'node:tls';
import { collect } from '../verify.js';
import { OciError } from '../error.js';
import { networkError, TimeoutError } from './network-error.js';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Where it came from, after redirects. */
  readonly url: URL;
  /** Throws a network error when the connection ends before the body does. */
  body(): AsyncIterable<Uint8Array>;
  text(limit: number): Promise<string>;
  /** Frees the connection without reading on. */
  discard(): void;
}

export interface HttpOptions {
  readonly caFile?: string;
  readonly idleTimeout?: number;
}

/** A registry that makes a blob available first may need a while; nobody waits longer in silence. */
export const IDLE_TIMEOUT = 60_000;
/** More in parallel gains nothing against one host, and some registries refuse it. */
const CONNECTIONS = 16;

/** One request, one response; redirects, retries and credentials are for the callers. */
export class HttpClient {
  private readonly plain = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  private readonly secure: https.Agent;
  private readonly idleTimeout: number;

  constructor({ caFile, idleTimeout = IDLE_TIMEOUT }: HttpOptions) {
    const ca = caFile === undefined ? {} : { ca: authorities(caFile) };
    this.secure = new https.Agent({ keepAlive: true, maxSockets: CONNECTIONS, ...ca });
    this.idleTimeout = idleTimeout;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const { url, method, headers, body } = request;
    const [client, agent] = url.protocol === 'https:' ? [https, this.secure] : [http, this.plain];
    const outgoing = client.request(url, {
      method,
      agent,
      headers: { 'user-agent': 'nx-linuxkit', ...headers },
    });
    const timer = setTimeout(() => outgoing.destroy(new TimeoutError(this.idleTimeout)), this.idleTimeout);
    try {
      const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
        outgoing.once('response', resolve).on('error', reject);
      });
      // A server may answer, with an error, before it has read the body.
      await Promise.race([answered, upload(outgoing, body, timer).then(() => answered)]);
      return this.response(await answered, url);
    } catch (cause) {
      outgoing.destroy();
      // The server closed the idle connection just as it was taken up again; nothing was asked yet.
      const stale = outgoing.reusedSocket && (cause as NodeJS.ErrnoException).code === 'ECONNRESET';
      if (stale && body === undefined) return this.send(request);
      throw networkError(cause, url);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.plain.destroy();
    this.secure.destroy();
  }

  private response(message: http.IncomingMessage, url: URL): HttpResponse {
    const body = () => idleGuarded(message, this.idleTimeout, url);
    return {
      status: message.statusCode ?? 0,
      headers: message.headers,
      url,
      body,
      text: async (limit) => (await collect(body(), limit, `the answer of ${url.host}`)).toString('utf8'),
      discard: () => void message.on('error', () => undefined).destroy(),
    };
  }
}

/** Sends the body, no faster than it is taken. Errors of the connection are the caller's, by 'error'. */
async function upload(
  outgoing: http.ClientRequest,
  body: HttpRequest['body'],
  timer: NodeJS.Timeout,
): Promise<void> {
  for await (const chunk of body instanceof Uint8Array ? [body] : (body ?? [])) {
    timer.refresh();
    if (outgoing.destroyed) return;
    if (outgoing.write(chunk)) continue;
    await new Promise<void>((resolve) => outgoing.once('drain', resolve).once('close', resolve));
  }
  outgoing.end();
}

/**
 * The clock runs only while a chunk is waited for: a reader that compresses for a minute between two chunks must
 * not make the connection look dead.
 */
async function* idleGuarded(
  message: http.IncomingMessage,
  idleTimeout: number,
  url: URL,
): AsyncGenerator<Uint8Array, void> {
  const chunks = message[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const timer = setTimeout(() => message.destroy(new TimeoutError(idleTimeout)), idleTimeout);
      const next = await chunks.next().finally(() => clearTimeout(timer));
      if (next.done) return;
      yield next.value;
    }
  } catch (cause) {
    throw networkError(cause, url);
  } finally {
    message.destroy();
  }
}

/** A list given to OpenSSL replaces the built-in one, so it starts with that. */
function authorities(caFile: string): string[] {
  try {
    const { getCACertificates } = tls as unknown as { getCACertificates?: (type: string) => string[] };
    const extra = process.env.NODE_EXTRA_CA_CERTS;
    const builtIn = getCACertificates?.('default') ?? [
      ...tls.rootCertificates,
      ...(extra ? [readFileSync(extra, 'utf8')] : []),
    ];
    return [...builtIn, readFileSync(caFile, 'utf8')];
  } catch (cause) {
    throw new OciError('tls', `cannot read the certificates in ${caFile}`, {
      hint: 'Give the path of a PEM file.',
      cause,
    });
  }
}
