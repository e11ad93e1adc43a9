import { Keychain } from '../credentials.js';
import { once } from '../once.js';
import type { Endpoint } from './endpoint.js';
import { HttpClient, type HttpOptions } from './http.js';
import { isWithoutTls } from './network-error.js';

/**
 * What the sources of one run share: connections, so that the images of a registry do not each shake hands anew, which
 * scheme a host speaks, and what credential helpers said. Nothing is opened or loaded before the first request.
 */
export class Connections {
  readonly http: HttpClient;
  /** Of the sources that are given none. */
  readonly keychain = new Keychain();
  private readonly found = new Map<string, Promise<URL>>();

  constructor(options: HttpOptions = {}) {
    this.http = new HttpClient(options);
  }

  /** The origin to ask, found once; errors are not remembered. */
  origin({ origins }: Endpoint): Promise<URL> {
    return once(this.found, origins.join(' '), () => this.find(origins));
  }

  close(): void {
    this.http.close();
  }

  /** Where both https and http are allowed, https is asked first, and a bad certificate is no reason for http. */
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
