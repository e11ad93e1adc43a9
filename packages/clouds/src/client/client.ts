import { HttpClient, withRetries, type HttpResponse } from '@nx-linuxkit/oci/http';
import { connectionFault, statusFault } from './faults.js';
import type { Answer, CallRequest } from './request.js';

/** Adds what a platform wants to see in each request, such as a signature over it. Called again for each attempt. */
export type Sign = (request: {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: Uint8Array;
}) => void;

/** How requests are made. */
export interface ClientOptions {
  /** Environment variables, which name proxies. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly warn: (message: string) => void;
  /** Milliseconds before each further attempt. Default: 1, 3 and 9 s. */
  readonly delays?: readonly number[];
  /** Milliseconds without a byte after which a request has failed. Default: 60,000. */
  readonly idleTimeout?: number;
}

/** Milliseconds. A cloud that throttles asks for a second or two; thirteen seconds in all show one that is down. */
const DELAYS = [1000, 3000, 9000];
/** Bytes. The longest answers are lists of images. */
const LARGEST_ANSWER = 16 * 2 ** 20;
/** Milliseconds for one request with all attempts: parts are at most 8 MiB, for which a slow line needs minutes. */
const DEADLINE = 15 * 60_000;
/** The same for a whole disk: a line of 1 MB/s sends 20 GB. */
const STREAM_DEADLINE = 6 * 60 * 60_000;

/**
 * Sends requests with retries, limits of time and proxies. Secrets never appear in errors or warnings. Close it in the
 * end.
 */
export class CloudClient {
  private readonly http: HttpClient;
  private readonly delays: readonly number[];

  constructor(private readonly options: ClientOptions) {
    this.http = new HttpClient({ env: options.env, idleTimeout: options.idleTimeout });
    this.delays = options.delays ?? DELAYS;
  }

  /** Notes a secret, which every text that is shown then hides. */
  hide(secret: string): void {
    this.http.secrets.add(secret);
  }

  /** A text without the secrets. */
  redact(text: string): string {
    return this.http.secrets.redact(text);
  }

  /**
   * Sends a request and reads the answer; repeats both after what may be gone at the next attempt.
   *
   * @throws CloudError for a status that the request does not allow, and for a connection that fails.
   */
  async call(request: CallRequest, sign?: Sign): Promise<Answer> {
    const url = new URL(request.url);
    const { body: given = '' } = request;
    const stream = typeof given === 'object' && 'open' in given ? given : undefined;
    const body = stream ? Buffer.alloc(0) : Buffer.from(given as string);
    const size = stream?.size ?? body.length;
    const deadline = performance.now() + (stream ? STREAM_DEADLINE : DEADLINE);
    const delays = request.once ? [] : this.delays;
    const warn = (message: string) => this.options.warn(this.redact(message));
    const send = (): Promise<HttpResponse> => {
      const headers: Record<string, string> = { ...request.headers };
      // A request without a body has no length, but for those methods of which servers expect one.
      if (size > 0 || request.method !== 'GET') headers['content-length'] = `${size}`;
      sign?.({ method: request.method, url, headers, body });
      const content = stream ? stream.open() : body;
      return this.http.send({
        method: request.method,
        url,
        headers,
        deadline,
        ...(size > 0 && { body: content }),
      });
    };
    const read = async (response: HttpResponse): Promise<Answer> => ({
      status: response.status,
      headers: response.headers,
      text: await response.text(LARGEST_ANSWER),
    });
    const answer = await withRetries({ delays, warn }, send, read).catch((error: unknown) => {
      throw connectionFault(error, request, (text) => this.redact(text));
    });
    if ((answer.status >= 200 && answer.status < 300) || request.allow?.includes(answer.status))
      return answer;
    throw statusFault(answer, request, url, (text) => this.redact(text));
  }

  close(): void {
    this.http.close();
  }
}
