import type * as http from 'node:http';
import { once } from '../once.js';
import { collect } from '../verify.js';
import { networkError, proxyRefusal } from './network-error.js';
import { Pace, type PaceOptions } from './pace.js';
import { Proxies, type Proxy } from './proxies.js';
import { addressOf, headersOf, isForwarded } from './request-target.js';
import { Secrets } from './secrets.js';

/** A request of one HTTP exchange. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** When the answer has to be complete, on the clock of `performance.now`; default: that of `HttpClient.deadline`. */
  readonly deadline?: number;
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
export interface HttpOptions extends PaceOptions {
  /** A PEM file of certificate authorities that are trusted beside the system's. */
  readonly caFile?: string;
  /** Environment variables, which name proxies; default: those of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** What Node has for one scheme. */
interface Transport {
  readonly request: typeof http.request;
  readonly agent: http.Agent;
}

/** Bytes. Reading and dropping this many costs less than a new connection. */
const DISCARD_LIMIT = 1 << 16;
/** More connections to one host gain nothing, and some registries refuse them. */
const AGENT = { keepAlive: true, maxSockets: 16 };

/**
 * Sends one request and returns one response, through the proxies of the environment. Callers add redirects, retries
 * and credentials.
 */
export class HttpClient {
  /** The secrets of proxies; callers add those that they send. */
  readonly secrets = new Secrets();
  private readonly transports = new Map<string, Promise<Transport>>();
  private readonly pace: Pace;
  private readonly proxies: Proxies;

  constructor(private readonly options: HttpOptions = {}) {
    this.pace = new Pace(options);
    this.proxies = new Proxies(options.env ?? process.env, this.secrets);
  }

  /** Returns when a document or blob that is asked for now has to be complete, with all further attempts. */
  deadline(): number {
    return this.pace.deadline();
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const { url, method, headers, body, deadline = this.deadline() } = request;
    const proxy = this.proxies.for(url);
    const transport = await this.transport(url.protocol, proxy);
    const outgoing = transport.request({
      ...addressOf(url, proxy),
      method,
      agent: transport.agent,
      headers: { 'user-agent': 'nx-linuxkit', ...headersOf(url, proxy), ...headers },
    });
    let timer: NodeJS.Timeout | undefined;
    const expect = () => {
      clearTimeout(timer);
      timer = this.pace.timer(deadline, (error) => outgoing.destroy(error));
    };
    // The clock starts with the connection: before that, the request waits for a free one and not for the server.
    outgoing.once('socket', expect);
    try {
      const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
        outgoing.once('response', resolve).on('error', reject);
      });
      // A server may answer with an error before it has read the whole body.
      await Promise.race([answered, upload(outgoing, body, () => timer && expect()).then(() => answered)]);
      const message = await answered;
      if (proxy && isProxyRefusal(message)) throw proxyRefusal(proxy, 407, url.host);
      return this.response(message, url, deadline);
    } catch (cause) {
      outgoing.destroy();
      // The server closed an idle connection just as it was used again, so that it never saw the request.
      const stale = outgoing.reusedSocket && (cause as NodeJS.ErrnoException).code === 'ECONNRESET';
      if (stale && body === undefined) return this.send(request);
      throw networkError(cause, url, isForwarded(url, proxy) ? proxy : undefined);
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

  /** A forwarded request is sent to the proxy itself; any other one to its host, maybe through a tunnel. */
  private transport(protocol: string, proxy: Proxy | undefined): Promise<Transport> {
    const { caFile } = this.options;
    const open = () => {
      if (protocol === 'http:' && proxy?.url.protocol !== 'https:') return openPlain();
      if (protocol === 'http:' || !proxy) return openSecure(caFile);
      return openTunnel(caFile, proxy, this.pace.idleTimeout);
    };
    return once(this.transports, `${protocol} ${proxy?.url.href ?? ''}`, open);
  }

  private response(message: http.IncomingMessage, url: URL, deadline: number): HttpResponse {
    const body = () => paced(message, this.pace, deadline, url);
    return {
      status: message.statusCode ?? 0,
      headers: message.headers,
      url,
      body,
      text: async (limit) => (await collect(body(), limit, `the answer of ${url.host}`)).toString('utf8'),
      discard: () => discard(message, this.pace.idleTimeout),
    };
  }
}

/** Tells whether an answer means that the proxy wants credentials. tinyproxy answers 401 to wrong ones. */
function isProxyRefusal({ statusCode, headers }: http.IncomingMessage): boolean {
  return statusCode === 407 || (statusCode === 401 && /^tinyproxy\b/i.test(String(headers.server ?? '')));
}

async function openPlain(): Promise<Transport> {
  const { Agent, request } = await import('node:http');
  return { request, agent: new Agent(AGENT) };
}

/** HTTPS is loaded by the first request that needs it: with the system's authorities it takes 50 ms. */
async function openSecure(caFile: string | undefined): Promise<Transport> {
  const { Agent, request } = await import('node:https');
  const { withAuthorities } = await import('./authorities.js');
  return { request, agent: new Agent(withAuthorities(AGENT, caFile)) };
}

async function openTunnel(caFile: string | undefined, proxy: Proxy, timeout: number): Promise<Transport> {
  const { request } = await import('node:https');
  const { withAuthorities } = await import('./authorities.js');
  const { TunnelAgent } = await import('./tunnel.js');
  return { request, agent: new TunnelAgent(withAuthorities(AGENT, caFile), proxy, timeout) };
}

/** Sends the body as fast as the server reads it. The caller hears of connection errors by the event 'error'. */
async function upload(
  outgoing: http.ClientRequest,
  body: HttpRequest['body'],
  sent: () => void,
): Promise<void> {
  for await (const chunk of body instanceof Uint8Array ? [body] : (body ?? [])) {
    // A request that has failed gets no further limit of time, which would keep this process alive.
    if (outgoing.destroyed) return;
    sent();
    if (outgoing.write(chunk)) continue;
    await drained(outgoing);
  }
  outgoing.end();
}

/** Waits until more can be written, or nothing more. */
function drained(outgoing: http.ClientRequest): Promise<void> {
  return new Promise<void>((resolve) => {
    const done = () => {
      outgoing.off('drain', done).off('close', done);
      resolve();
    };
    outgoing.on('drain', done).on('close', done);
  });
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
 * Yields the body, and fails when no chunk arrives for too long, when chunks arrive too slowly, or after the deadline.
 * The clock of the first two runs only while a chunk is awaited: a reader that compresses for a minute between two
 * chunks must not make the connection look dead.
 */
async function* paced(
  message: http.IncomingMessage,
  pace: Pace,
  deadline: number,
  url: URL,
): AsyncGenerator<Uint8Array, void> {
  const chunks = message[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const took = pace.meter();
  try {
    for (;;) {
      const asked = performance.now();
      const timer = pace.timer(deadline, (error) => message.destroy(error));
      const next = await chunks.next().finally(() => clearTimeout(timer));
      if (next.done) return;
      took(next.value.length, performance.now() - asked);
      yield next.value;
    }
  } catch (cause) {
    throw networkError(cause, url);
  } finally {
    message.destroy();
  }
}
