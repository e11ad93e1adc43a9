import { OciError } from '@nx-linuxkit/oci';
import {
  HttpClient,
  sendFollowing,
  userAsHeader,
  withoutUser,
  withRetries,
  type HttpOptions,
  type HttpResponse,
} from '@nx-linuxkit/oci/http';
import { DebianError } from '../errors.js';

/** Files that are fetched at the same time. A build fetches dozens of small ones; four keep a host busy and no more. */
export const SOCKETS = 4;
/** Milliseconds before the second, third and fourth attempt. */
const RETRY_DELAYS = [300, 600, 1200];
/** Codes of errors of a connection; any other is about the bytes or the disk. */
const CONNECTION: readonly string[] = ['unreachable', 'timeout', 'tls', 'proxy', 'registry-error'];

/** A server's answer that it has no such file, so that another attempt would not help. */
export class NotFound extends Error {}

/**
 * Fetches files of mirrors, through the proxies of the environment and with the pace of `HttpOptions`. Every method
 * throws `NotFound` or `mirror-failed`.
 */
export class MirrorClient {
  private readonly http: HttpClient;

  constructor(options: HttpOptions = {}) {
    this.http = new HttpClient(options);
  }

  /**
   * Calls `use` with the body of a GET, and again from the start when the connection or the server fails. `use` must
   * undo what it did in a failed attempt, as the store's `write` does.
   */
  fetchWith<T>(url: string, use: (body: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
    return this.ask('GET', url, (response) => use(response.body()));
  }

  /** Asks by HEAD whether a server has a file. `delays` are the milliseconds before further attempts. */
  async hasFile(url: string, delays: readonly number[] = RETRY_DELAYS): Promise<boolean> {
    const discard = async (response: HttpResponse) => {
      await response.discard();
      return true;
    };
    try {
      return await this.ask('HEAD', url, discard, delays);
    } catch (error) {
      if (error instanceof NotFound) return false;
      throw error;
    }
  }

  /** Reads the body of a GET as UTF-8; throws `bad-format` beyond `limit` bytes. */
  fetchText(url: string, limit: number): Promise<string> {
    return this.fetchWith(url, async (body) => {
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of body) {
        size += chunk.length;
        if (size > limit)
          throw new DebianError('bad-format', `${withoutUser(url)} is larger than ${limit} bytes`);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks).toString('utf8');
    });
  }

  private async ask<T>(
    method: 'GET' | 'HEAD',
    url: string,
    read: (response: HttpResponse) => Promise<T>,
    delays: readonly number[] = RETRY_DELAYS,
  ): Promise<T> {
    const request = {
      ...userAsHeader(new URL(url), this.http.secrets),
      method,
      deadline: this.http.deadline(),
    };
    const retries = { delays, warn: () => undefined };
    const shown = withoutUser(url);
    try {
      return await withRetries(
        retries,
        () => sendFollowing(this.http, request),
        async (response) => {
          if (response.status === 200) return read(response);
          await response.discard();
          if (response.status === 404 || response.status === 410)
            throw new NotFound(`${shown}: ${response.status}`);
          throw new OciError('registry-error', `HTTP status ${response.status}`);
        },
      );
    } catch (error) {
      if (!(error instanceof OciError) || !CONNECTION.includes(error.code)) throw error;
      throw new DebianError('mirror-failed', `cannot fetch ${shown}: ${error.message}`, {
        hint: 'Check the network, or choose another mirror with NX_LINUXKIT_DEBIAN_MIRROR.',
        cause: error.cause,
      });
    }
  }
}
