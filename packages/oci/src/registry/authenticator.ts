import type { Keychain, Lookup } from '../credentials.js';
import { parseChallenges, type Challenge } from './challenge.js';
import type { HttpClient, HttpResponse } from './http.js';
import { sendFollowing } from './redirect.js';
import { withRetries } from './retry.js';
import { statusError } from './status-error.js';
import { basicHeader, readToken, tokenRequest, type Token } from './token.js';

export interface AuthenticatorOptions {
  /** What credentials are looked up for. */
  readonly host: string;
  readonly repository: string;
  readonly client: HttpClient;
  readonly keychain: Keychain;
  readonly delays: readonly number[];
  readonly warn: (message: string) => void;
}

/** The Authorization headers of one registry. Credentials go to it, and to the realm that it names, only. */
export class Authenticator {
  private asked?: { readonly challenge: Challenge; readonly from: URL };
  private found?: Promise<Lookup>;
  private readonly tokens = new Map<string, Promise<Token>>();

  constructor(private readonly options: AuthenticatorOptions) {}

  /** Once for a registry: a credential helper may ask a person. */
  lookup(): Promise<Lookup> {
    return (this.found ??= this.options.keychain.lookup(this.options.host, this.options.repository));
  }

  /** What to send along without being asked; nothing, until there was a challenge. */
  async header(scope: string): Promise<string | undefined> {
    if (!this.asked) return undefined;
    if (this.asked.challenge.scheme === 'bearer') return `Bearer ${(await this.token(scope)).token}`;
    const { credentials } = await this.lookup();
    return credentials && 'username' in credentials ? basicHeader(credentials) : undefined;
  }

  /** Takes in a 401 that came although `sent` was sent. Says whether there is another header to try. */
  async learn({ headers, url }: HttpResponse, scope: string, sent: string | undefined): Promise<boolean> {
    const challenge = parseChallenges(headers['www-authenticate']);
    if (!challenge) return false;
    this.asked = { challenge, from: url };
    // A token that was refused has been revoked, or did not reach far enough.
    const current = await this.tokens.get(scope)?.catch(() => undefined);
    if (current && `Bearer ${current.token}` === sent) this.tokens.delete(scope);
    const header = await this.header(scope);
    return header !== undefined && header !== sent;
  }

  private async token(scope: string): Promise<Token> {
    const known = this.tokens.get(scope);
    if (known && (await known).expires > Date.now()) return known;
    // Of several requests that wait here, the first fetches for all.
    if (this.tokens.get(scope) !== known) return this.tokens.get(scope) ?? this.token(scope);
    const fetched = this.fetch(scope);
    this.tokens.set(scope, fetched);
    fetched.catch(() => this.tokens.delete(scope));
    return fetched;
  }

  private async fetch(scope: string): Promise<Token> {
    const { host, client, delays, warn } = this.options;
    const { challenge, from } = this.asked!;
    const { credentials } = await this.lookup();
    // Some registries know scopes of their own, and name them in the challenge.
    const scopes = [...new Set([scope, ...(challenge.parameters.get('scope')?.split(' ') ?? [])])];
    const request = tokenRequest(challenge, scopes, credentials, from);
    const response = await withRetries(delays, warn, () => sendFollowing(client, request));
    if (response.status !== 200) {
      throw await statusError(response, { host, what: `a token for ${scope}`, lookup: await this.lookup() });
    }
    return readToken(response);
  }
}
