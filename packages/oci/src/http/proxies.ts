import { OciError } from '../error.js';
import { bypassesProxy } from './no-proxy.js';
import type { Secrets } from './secrets.js';

/** A proxy that requests pass through. */
export interface Proxy {
  /** Without credentials, so that it can be shown. */
  readonly url: URL;
  /** `proxy.example:3128`, for messages. */
  readonly place: string;
  /** The value of the Proxy-Authorization header, if the proxy's URL has credentials. */
  readonly authorization?: string;
  /** The variable that names it. */
  readonly variable: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables for each scheme, the first one set counts: lower case before upper case, as curl reads them. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  'http:': ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'],
  'https:': ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
};
const EXCEPTIONS = ['no_proxy', 'NO_PROXY'];

/** The proxies of the environment: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in upper or lower case. */
export class Proxies {
  private readonly known = new Map<string, Proxy>();

  /** Adds the passwords of proxies to `secrets`, because a proxy may echo them. */
  constructor(
    private readonly env: Environment,
    private readonly secrets: Secrets,
  ) {}

  /** Returns the proxy for a URL; undefined if it is asked directly. Throws `proxy` for a variable that is no URL. */
  for(url: URL): Proxy | undefined {
    const variable = firstSet(this.env, VARIABLES[url.protocol] ?? []);
    if (variable === undefined) return undefined;
    const exceptions = firstSet(this.env, EXCEPTIONS);
    if (bypassesProxy(exceptions === undefined ? '' : this.env[exceptions]!, url)) return undefined;
    const known = this.known.get(variable);
    if (known) return known;
    const proxy = this.read(variable, this.env[variable]!);
    this.known.set(variable, proxy);
    return proxy;
  }

  private read(variable: string, text: string): Proxy {
    const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
    const url = URL.canParse(full) ? new URL(full) : undefined;
    if (!url || url.hostname === '' || !/^https?:$/.test(url.protocol)) {
      // The text is not quoted: it may have a password.
      const got = url && url.hostname !== '' ? `one of ${url.protocol.slice(0, -1)}` : 'another text';
      throw new OciError('proxy', `${variable} is to be the URL of an http or https proxy, got ${got}`, {
        hint: `Write it as http://host:port or http://user:password@host:port, or unset ${variable}.`,
      });
    }
    const place = `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`;
    const authorization = this.authorizationOf(url);
    return { url: new URL(url.origin), place, variable, ...(authorization ? { authorization } : {}) };
  }

  private authorizationOf(url: URL): string | undefined {
    if (url.username === '' && url.password === '') return undefined;
    const [username, password] = [decoded(url.username), decoded(url.password)];
    this.secrets.addUser(username, password);
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }
}

function firstSet(env: Environment, names: readonly string[]): string | undefined {
  return names.find((name) => env[name]);
}

/** Decodes a percent-encoded part of a URL; a percent sign that encodes nothing stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
