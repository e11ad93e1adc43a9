import type * as http from 'node:http';
import { once } from '../once.js';
import { collect } from '../verify.js';
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
  /** Frees the connection: for the next request, where little is left to come. */
  discard(): Promise<void>;
}

export interface HttpOptions {
  /** A PEM file of certificate authorities, added to the system's. */
  readonly caFile?: string;
  /** Without a byte for so long, a connection counts as dead; milliseconds. */
  readonly idleTimeout?: number;
}

/** One scheme's half of Node's HTTP. */
interface Transport {
  readonly request: typeof http.request;
  readonly agent: http.Agent;
}

/** A registry that makes a blob available first may need a while; nobody waits longer in silence. */
export const IDLE_TIMEOUT = 60_000;
/** Bytes of an answer that nobody wants: reading so few costs less than another handshake. */
const SMALL = 1 << 16;
/** More in parallel gains nothing against one host, and some registries refuse it. */
const AGENT = { keepAlive: true, maxSockets: 16 };

/** One request, one response; redirects, retries and credentials are for the callers. */
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
    // Not before: a request that waits for one of the connections is not waiting for the server.
    outgoing.once('socket', () => {
      timer = setTimeout(() => outgoing.destroy(new TimeoutError(this.idleTimeout)), this.idleTimeout);
    });
    try {
      const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
        outgoing.once('response', resolve).on('error', reject);
      });
      // A server may answer, with an error, before it has read the body.
      await Promise.race([answered, upload(outgoing, body, () => timer?.refresh()).then(() => answered)]);
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

/** Loaded by the first who needs it: HTTPS and the system's authorities take 50 ms. */
async function openSecure(caFile: string | undefined): Promise<Transport> {
  const { request } = await import('node:https');
  const { secureAgent } = await import('./secure-agent.js');
  return { request, agent: secureAgent(AGENT, caFile) };
}

/** Sends the body, no faster than it is taken. Errors of the connection are the caller's, by 'error'. */
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
  let left = SMALL;
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
