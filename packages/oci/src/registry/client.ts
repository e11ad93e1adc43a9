import type { OciError } from '../error.js';
import type { SourceOptions } from '../sources/options.js';
import { Authenticator } from './authenticator.js';
import type { Connections } from './connections.js';
import { mayBePlain, type Endpoint } from './endpoint.js';
import type { HttpRequest, HttpResponse } from '../http/http-client.js';
import { sendFollowing } from '../http/redirect.js';
import { withoutSecrets } from '../http/secrets.js';
import { RETRY_DELAYS, withRetries, type Retries } from '../http/retry.js';
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
  readonly action?: 'pull' | 'pull,push' | 'pull,push,delete';
  /** Another repository of the registry that the token must allow to read. */
  readonly alsoReads?: string;
  /** Statuses that are returned; any other is thrown. */
  readonly accept: readonly number[];
  /** What is asked for, in messages: `manifest docker.io/library/nginx:1`. */
  readonly what: string;
  /** When all attempts end; default: that of `HttpClient.deadline`. */
  readonly deadline?: number;
}

/** A client of one repository at one endpoint. It finds the origin, authenticates, retries and follows redirects. */
export class RegistryClient {
  readonly retries: Retries;
  private readonly auth: Authenticator;

  constructor(
    readonly endpoint: Endpoint,
    readonly connections: Connections,
    options: Pick<SourceOptions, 'keychain' | 'retryDelays' | 'onWarning' | 'insecure'>,
  ) {
    const { secrets } = connections.http;
    this.retries = {
      delays: options.retryDelays ?? RETRY_DELAYS,
      warn: (message) => options.onWarning?.(secrets.redact(message)),
    };
    this.auth = new Authenticator({
      host: endpoint.host,
      repository: endpoint.repository,
      client: connections.http,
      keychain: options.keychain ?? connections.keychain,
      retries: this.retries,
      mayBePlain: (host) => mayBePlain(host, options.insecure ?? []),
    });
  }

  /** Returns the response if its status is accepted, and throws it as an `OciError` otherwise. */
  async call(call: Call): Promise<HttpResponse> {
    return this.read(call, async (response) => response);
  }

  /** Like `call`, but returns what `read` makes of the response. It is asked for again if it breaks within its body. */
  async read<T>(call: Call, read: (response: HttpResponse) => Promise<T>): Promise<T> {
    const { http } = this.connections;
    const deadline = call.deadline ?? http.deadline();
    try {
      return await withRetries(
        this.retries,
        () => this.authorised({ ...call, deadline }),
        async (response) => {
          if (call.accept.includes(response.status)) return read(response);
          throw await this.refusal(response, call.what);
        },
      );
    } catch (error) {
      throw withoutSecrets(error, http.secrets);
    }
  }

  private async refusal(response: HttpResponse, what: string): Promise<OciError> {
    const refused = response.status === 401 || response.status === 403;
    return statusError(response, {
      host: this.endpoint.host,
      what,
      lookup: refused ? await this.auth.lookup() : undefined,
      secrets: this.connections.http.secrets,
    });
  }

  async url(path: string | URL): Promise<URL> {
    if (path instanceof URL) return path;
    return new URL(`/v2/${this.endpoint.repository}/${path}`, await this.connections.origin(this.endpoint));
  }

  private async authorised(call: Call): Promise<HttpResponse> {
    const url = await this.url(call.path);
    const scope = scopeOf(this.endpoint.repository, call);
    const header = await this.auth.header(scope);
    const response = await this.send(call, url, header);
    // A redirect may lead to a hostile host, whose challenge must not get the registry's credentials.
    if (response.status !== 401 || response.url.origin !== url.origin) return response;
    if (!(await this.auth.learn(response, scope, header))) return response;
    await response.discard();
    return this.send(call, url, await this.auth.header(scope));
  }

  private async send({ method, headers, body, deadline }: Call, url: URL, authorization: string | undefined) {
    // The registry may name another host for an upload; only the registry itself gets the header.
    const own =
      authorization !== undefined && url.origin === (await this.connections.origin(this.endpoint)).origin;
    return sendFollowing(this.connections.http, {
      method,
      url,
      headers: { ...headers, ...(own ? { authorization } : {}) },
      ...(body ? { body: body() } : {}),
      deadline,
    });
  }
}

/** https://distribution.github.io/distribution/spec/auth/scope/ */
function scopeOf(repository: string, { action = 'pull', alsoReads }: Call): string {
  const more = alsoReads === undefined ? '' : ` repository:${alsoReads}:pull`;
  return `repository:${repository}:${action}${more}`;
}
