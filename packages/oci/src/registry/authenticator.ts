import type { Keychain, Lookup } from '../credentials.js';
import { Lazy } from '../lazy.js';
import { parseChallenges, type Challenge } from './challenge.js';
import type { HttpClient, HttpResponse } from '../http/http-client.js';
import { sendFollowing } from '../http/redirect.js';
import { withRetries, type Retries } from '../http/retry.js';
import { statusError } from './status-error.js';
import { basicHeader, readToken, tokenRequest, type Token } from './token.js';

export interface AuthenticatorOptions {
  /** The registry as credentials know it: `docker.io`, `localhost:5000`. */
  readonly host: string;
  readonly repository: string;
  readonly client: HttpClient;
  readonly keychain: Keychain;
  readonly retries: Retries;
  /** Tells whether a host may be sent credentials over plain http. */
  readonly mayBePlain: (host: string) => boolean;
}

/**
 * Makes the Authorization headers for one repository of one registry. Credentials are sent to the registry and to
 * the token server that it names, and to no other host.
 */
export class Authenticator {
  private challenged?: { readonly challenge: Challenge; readonly from: URL };
  private readonly credentials: Lazy<Lookup>;
  private readonly tokens = new Map<string, Promise<Token>>();

  constructor(private readonly options: AuthenticatorOptions) {
    const { keychain, host, repository, client } = options;
    this.credentials = new Lazy(async () => {
      const found = await keychain.lookup(host, repository);
      keepSecret(client, found);
      return found;
    });
  }

  /** Looks the credentials up, once: a credential helper may ask a person. */
  lookup(): Promise<Lookup> {
    return this.credentials.get();
  }

  /** Returns the header for a request, or undefined before the first challenge. `scope` is one or several, with spaces. */
  async header(scope: string): Promise<string | undefined> {
    if (!this.challenged) return undefined;
    if (this.challenged.challenge.scheme === 'bearer') return `Bearer ${(await this.token(scope)).token}`;
    const { credentials } = await this.lookup();
    return credentials && 'username' in credentials ? basicHeader(credentials) : undefined;
  }

  /** Reads the challenge of a 401 that answered the header `sent`. Returns whether another header is worth a try. */
  async learn({ headers, url }: HttpResponse, scope: string, sent: string | undefined): Promise<boolean> {
    const challenge = parseChallenges(headers['www-authenticate']);
    if (!challenge) return false;
    this.challenged = { challenge, from: url };
    // A refused token was revoked, or its scope was too narrow.
    const current = await this.tokens.get(scope)?.catch(() => undefined);
    if (current && `Bearer ${current.token}` === sent) this.tokens.delete(scope);
    const header = await this.header(scope);
    return header !== undefined && header !== sent;
  }

  private async token(scope: string): Promise<Token> {
    const known = this.tokens.get(scope);
    if (known && (await known).expires > Date.now()) return known;
    // Several requests may have waited for `known`: the first one fetches a new token for all of them.
    if (this.tokens.get(scope) !== known) return this.tokens.get(scope) ?? this.token(scope);
    const fetched = this.fetch(scope);
    this.tokens.set(scope, fetched);
    fetched.catch(() => this.tokens.delete(scope));
    return fetched;
  }

  private async fetch(scope: string): Promise<Token> {
    const { host, client, retries, mayBePlain } = this.options;
    const { challenge, from } = this.challenged!;
    const { credentials } = await this.lookup();
    // Some registries have scopes of their own and name them in the challenge.
    const scopes = [
      ...new Set([...scope.split(' '), ...(challenge.parameters.get('scope')?.split(' ') ?? [])]),
    ];
    const request = {
      ...tokenRequest(challenge, scopes, credentials, from, mayBePlain),
      deadline: client.deadline(),
    };
    return withRetries(
      retries,
      () => sendFollowing(client, request),
      async (response) => {
        const { secrets } = client;
        if (response.status !== 200) {
          const what = `a token for ${scope}`;
          throw await statusError(response, { host, what, lookup: await this.lookup(), secrets });
        }
        const token = await readToken(response);
        secrets.add(token.token);
        return token;
      },
    );
  }
}

function keepSecret({ secrets }: HttpClient, { credentials }: Lookup): void {
  if (!credentials) return;
  if ('identityToken' in credentials) secrets.add(credentials.identityToken);
  else secrets.addUser(credentials.username, credentials.password);
}
