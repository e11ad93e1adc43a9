import type { IncomingMessage, ServerResponse } from 'node:http';

/** How the in-memory registry authenticates its clients. */
export interface AuthOptions {
  readonly kind: 'basic' | 'token';
  readonly user: string;
  readonly password: string;
  /** A refresh token that the token endpoint accepts by POST. */
  readonly identityToken?: string;
  /** Gives tokens for pulling to clients without credentials, as Docker Hub does. */
  readonly anonymous?: boolean;
  /** Lifetime of a token in seconds; default: 300. */
  readonly expiresIn?: number;
  /** The field of the answer that holds the token, which differs between registries; default: `token`. */
  readonly field?: 'token' | 'access_token';
}

/** Authenticates requests to the in-memory registry, and serves its token endpoint at `/token`. */
export class Guard {
  /** The registry's URL, which challenges name; set once its port is known. */
  url = '';
  /** The scopes of all tokens that were given, in order. */
  readonly scopes: string[] = [];
  private readonly valid = new Set<string>();

  constructor(private readonly auth?: AuthOptions) {}

  /** Makes all tokens invalid that were given so far. */
  revoke(): void {
    this.valid.clear();
  }

  /** Returns whether a request may pass; answers it itself if not, and if it asks for a token. */
  admits(request: IncomingMessage, response: ServerResponse, path: string): boolean {
    if (!this.auth) return true;
    if (path === '/token') {
      void this.give(request, response);
      return false;
    }
    const { authorization = '' } = request.headers;
    if (this.auth.kind === 'basic' ? authorization === this.basic : this.valid.has(authorization))
      return true;
    const repository = /^\/v2\/(.+)\/(?:blobs|manifests)\//.exec(path)?.[1];
    const scope = repository ? `,scope="repository:${repository}:pull"` : '';
    const challenge =
      this.auth.kind === 'basic'
        ? 'Basic realm="test"'
        : `Bearer realm="${this.url}/token",service="test"${scope}`;
    response
      .writeHead(401, { 'www-authenticate': challenge, 'content-type': 'application/json' })
      .end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
    return false;
  }

  private get basic(): string {
    return `Basic ${Buffer.from(`${this.auth!.user}:${this.auth!.password}`).toString('base64')}`;
  }

  private async give(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = request.method === 'POST' ? new URLSearchParams(await text(request)) : undefined;
    const query = form ?? new URL(request.url ?? '', this.url).searchParams;
    const known = form
      ? form.get('grant_type') === 'refresh_token' && form.get('refresh_token') === this.auth!.identityToken
      : request.headers.authorization === this.basic;
    const anonymous = this.auth!.anonymous && !form && request.headers.authorization === undefined;
    if (!known && !anonymous)
      return void response.writeHead(401).end('{"details":"incorrect username or password"}');
    this.scopes.push(query.get('scope') ?? '');
    const token = `token-${this.scopes.length}`;
    this.valid.add(`Bearer ${token}`);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({ [this.auth!.field ?? 'token']: token, expires_in: this.auth!.expiresIn ?? 300 }),
    );
  }
}

async function text(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}
