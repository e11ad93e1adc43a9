import type { SourceOptions } from '../sources/options.js';
import { Authenticator } from './authenticator.js';
import type { Connections } from './connections.js';
import type { Endpoint } from './endpoint.js';
import type { HttpRequest, HttpResponse } from './http.js';
import { sendFollowing } from './redirect.js';
import { RETRY_DELAYS, withRetries } from './retry.js';
import { statusError } from './status-error.js';

/** A request to a registry, with what counts as success. */
export interface Call {
  readonly method: HttpRequest['method'];
  /** A path below the repository (`manifests/latest`), or a whole URL that the registry named. */
  readonly path: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called again for each attempt. */
  readonly body?: () => Uint8Array | AsyncIterable<Uint8Array>;
  /** The permission that a token is asked for; default: `pull`. */
  readonly action?: 'pull' | 'pull,push';
  /** Statuses that are returned; any other is thrown. */
  readonly accept: readonly number[];
  /** What is asked for, in messages: `manifest docker.io/library/nginx:1`. */
  readonly what: string;
}

/** A client of one repository at one endpoint. It finds the origin, authenticates, retries and follows redirects. */
export class RegistryClient {
  readonly delays: readonly number[];
  readonly warn: (message: string) => void;
  private readonly auth: Authenticator;

  constructor(
    readonly endpoint: Endpoint,
    private readonly connections: Connections,
    options: Pick<SourceOptions, 'keychain' | 'retryDelays' | 'onWarning'>,
  ) {
    this.delays = options.retryDelays ?? RETRY_DELAYS;
    this.warn = options.onWarning ?? (() => undefined);
    this.auth = new Authenticator({
      host: endpoint.host,
      repository: endpoint.repository,
      client: connections.http,
      keychain: options.keychain ?? connections.keychain,
      delays: this.delays,
      warn: this.warn,
    });
  }

  /** Returns the response if its status is accepted, and throws it as an `OciError` otherwise. */
  async call(call: Call): Promise<HttpResponse> {
    const response = await withRetries(this.delays, this.warn, () => this.authorised(call));
    if (call.accept.includes(response.status)) return response;
    const { status } = response;
    const refused = status === 401 || status === 403;
    throw await statusError(response, {
      host: this.endpoint.host,
      what: call.what,
      lookup: refused ? await this.auth.lookup() : undefined,
    });
  }

  async url(path: string | URL): Promise<URL> {
    if (path instanceof URL) return path;
    return new URL(`/v2/${this.endpoint.repository}/${path}`, await this.connections.origin(this.endpoint));
  }

  private async authorised(call: Call): Promise<HttpResponse> {
    const url = await this.url(call.path);
    const scope = `repository:${this.endpoint.repository}:${call.action ?? 'pull'}`;
    const header = await this.auth.header(scope);
    const response = await this.send(call, url, header);
    // A redirect may lead to a hostile host, whose challenge must not get the registry's credentials.
    if (response.status !== 401 || response.url.origin !== url.origin) return response;
    if (!(await this.auth.learn(response, scope, header))) return response;
    await response.discard();
    return this.send(call, url, await this.auth.header(scope));
  }

  private async send({ method, headers, body }: Call, url: URL, authorization: string | undefined) {
    // The registry may name another host for an upload; only the registry itself gets the header.
    const own =
      authorization !== undefined && url.origin === (await this.connections.origin(this.endpoint)).origin;
    return sendFollowing(this.connections.http, {
      method,
      url,
      headers: { ...headers, ...(own ? { authorization } : {}) },
      ...(body ? { body: body() } : {}),
    });
  }
}
