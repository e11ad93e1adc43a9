import type * as http from 'node:http';
import { once } from '../once.js';
import { collect } from '../verify.js';
import { networkError, TimeoutError } from './network-error.js';

/** A request of one HTTP exchange. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
}

/** The head of a response, and ways to read or drop its body. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** The URL that sent this response: after redirects, the last one. */
  readonly url: URL;
  /** Yields the body; throws a network error if the connection ends before the body does. */
  body(): AsyncIterable<Uint8Array>;
  /** Reads the body as UTF-8; throws `too-large` beyond `limit` bytes. */
  text(limit: number): Promise<string>;
  /** Drops the body. The connection stays open for the next request if little of the body is left. */
  discard(): Promise<void>;
}

/** How connections are made. */
export interface HttpOptions {
  /** A PEM file of certificate authorities that are trusted beside the system's. */
  readonly caFile?: string;
  /** Milliseconds without a byte after which a connection counts as dead; default: 60,000. */
  readonly idleTimeout?: number;
}

/** What Node has for one scheme. */
interface Transport {
  readonly request: typeof http.request;
  readonly agent: http.Agent;
}

/** Milliseconds. A registry may first have to fetch a blob itself, which takes no longer than this. */
export const IDLE_TIMEOUT = 60_000;
/** Bytes. Reading and dropping this many costs less than a new connection. */
const DISCARD_LIMIT = 1 << 16;
/** More connections to one host gain nothing, and some registries refuse them. */
const AGENT = { keepAlive: true, maxSockets: 16 };

/** Sends one request and returns one response. Callers add redirects, retries and credentials. */
export class HttpClient {
  private readonly transports = new Map<string, Promise<Transport>>();
  private readonly idleTimeout: number;

  constructor(private readonly options: HttpOptions) {
    this.idleTimeout = options.idleTimeout ?? IDLE_TIMEOUT;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const { url, method, headers, body } = request;
    const transport = await this.transport(url.protocol);
    const outgoing = transport.request(url, {
      method,
      agent: transport.agent,
      headers: { 'user-agent': 'nx-linuxkit', ...headers },
    });
    let timer: NodeJS.Timeout | undefined;
    // The clock starts with the connection: before that, the request waits for a free one and not for the server.
    outgoing.once('socket', () => {
      timer = setTimeout(() => outgoing.destroy(new TimeoutError(this.idleTimeout)), this.idleTimeout);
    });
    try {
      const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
        outgoing.once('response', resolve).on('error', reject);
      });
      // A server may answer with an error before it has read the whole body.
      await Promise.race([answered, upload(outgoing, body, () => timer?.refresh()).then(() => answered)]);
      return this.response(await answered, url);
    } catch (cause) {
      outgoing.destroy();
      // The server closed an idle connection just as it was used again, so that it never saw the request.
      const stale = outgoing.reusedSocket && (cause as NodeJS.ErrnoException).code === 'ECONNRESET';
      if (stale && body === undefined) return this.send(request);
      throw networkError(cause, url);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes all connections. */
  close(): void {
    for (const opened of this.transports.values()) {
      opened.then(({ agent }) => agent.destroy()).catch(() => undefined);
    }
    this.transports.clear();
  }

  private transport(protocol: string): Promise<Transport> {
    const open = () => (protocol === 'https:' ? openSecure(this.options.caFile) : openPlain());
    return once(this.transports, protocol, open);
  }

  private response(message: http.IncomingMessage, url: URL): HttpResponse {
    const body = () => idleGuarded(message, this.idleTimeout, url);
    return {
      status: message.statusCode ?? 0,
      headers: message.headers,
      url,
      body,
      text: async (limit) => (await collect(body(), limit, `the answer of ${url.host}`)).toString('utf8'),
      discard: () => discard(message, this.idleTimeout),
    };
  }
}

async function openPlain(): Promise<Transport> {
  const { Agent, request } = await import('node:http');
  return { request, agent: new Agent(AGENT) };
}

/** HTTPS is loaded by the first request that needs it: with the system's authorities it takes 50 ms. */
async function openSecure(caFile: string | undefined): Promise<Transport> {
  const { request } = await import('node:https');
  const { secureAgent } = await import('./secure-agent.js');
  return { request, agent: secureAgent(AGENT, caFile) };
}

/** Sends the body as fast as the server reads it. The caller hears of connection errors by the event 'error'. */
async function upload(
  outgoing: http.ClientRequest,
  body: HttpRequest['body'],
  sent: () => void,
): Promise<void> {
  for await (const chunk of body instanceof Uint8Array ? [body] : (body ?? [])) {
    sent();
    if (outgoing.destroyed) return;
    if (outgoing.write(chunk)) continue;
    await new Promise<void>((resolve) => outgoing.once('drain', resolve).once('close', resolve));
  }
  outgoing.end();
}

function discard(message: http.IncomingMessage, idleTimeout: number): Promise<void> {
  let left = DISCARD_LIMIT;
  const timer = setTimeout(() => message.destroy(), idleTimeout);
  message
    .on('error', () => undefined)
    .on('data', ({ length }: Buffer) => {
      left -= length;
      if (left < 0) message.destroy();
    });
  return new Promise<void>((resolve) => message.once('close', resolve)).finally(() => clearTimeout(timer));
}

/**
 * Yields the body and fails when no chunk arrives for `idleTimeout` milliseconds. The clock runs only while a chunk
 * is awaited: a reader that compresses for a minute between two chunks must not make the connection look dead.
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
