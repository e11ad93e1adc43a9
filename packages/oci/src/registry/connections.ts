import { Keychain } from '../credentials.js';
import { once } from '../once.js';
import type { Endpoint } from './endpoint.js';
import { HttpClient, type HttpOptions } from '../http/http-client.js';
import { isWithoutTls } from '../http/network-error.js';

/**
 * Connections that several sources share through `SourceOptions.connections`. The images of one registry then use
 * the same open connections, the scheme of each host is found out once, and each credential helper is asked once.
 * Nothing is opened or loaded before the first request. The owner calls `close` at the end.
 */
export class Connections {
  readonly http: HttpClient;
  /** Credentials for sources without a keychain of their own. */
  readonly keychain = new Keychain();
  private readonly knownOrigins = new Map<string, Promise<URL>>();

  constructor(options: HttpOptions = {}) {
    this.http = new HttpClient(options);
  }

  /** Returns the first of the endpoint's origins that answers. The answer is kept, an error is not. */
  origin({ origins }: Endpoint): Promise<URL> {
    return once(this.knownOrigins, origins.join(' '), () => this.find(origins));
  }

  /** Closes all connections, also those in use. */
  close(): void {
    this.http.close();
  }

  /**
   * Tries https before http, where both are allowed. http follows only where no TLS server can be: a bad certificate, a
   * reset or silence is an error, because an attacker on the path can cause it to get the password in clear.
   */
  private async find(origins: readonly URL[]): Promise<URL> {
    for (const origin of origins.slice(0, -1)) {
      try {
        const response = await this.http.send({ method: 'GET', url: new URL('/v2/', origin) });
        await response.discard();
        return origin;
      } catch (error) {
        if (!isWithoutTls(error)) throw error;
      }
    }
    return origins[origins.length - 1];
  }
}
