import { lookup } from 'node:dns';
import type { RequestOptions } from 'node:http';
import { isLoopback } from './no-proxy.js';
import type { Proxy } from './proxies.js';

/** Tells whether a proxy gets the whole URL, as it does for plain http, and forwards the request (RFC 9112, 3.2.2). */
export function isForwarded({ protocol }: URL, proxy: Proxy | undefined): boolean {
  return proxy !== undefined && protocol === 'http:';
}

/** Returns where a request is sent, and the path that it asks for there. */
export function addressOf(url: URL, proxy: Proxy | undefined): RequestOptions {
  const { protocol, hostname, port } = isForwarded(url, proxy) ? proxy!.url : url;
  const path = `${url.pathname}${url.search}`;
  return {
    protocol,
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: port || (protocol === 'https:' ? 443 : 80),
    path: isForwarded(url, proxy) ? `${url.origin}${path}` : path,
    // Not every resolver knows that these names are loopback (RFC 6761, 6.3), and loopback may be plain http.
    ...(isLoopback(hostname) && hostname.endsWith('.localhost') ? { lookup: asLocalhost } : {}),
  };
}

/** Returns the headers that a proxy needs. */
export function headersOf(url: URL, proxy: Proxy | undefined): Record<string, string> {
  return {
    ...(isForwarded(url, proxy) ? { host: url.host } : {}),
    ...(isForwarded(url, proxy) && proxy?.authorization
      ? { 'proxy-authorization': proxy.authorization }
      : {}),
  };
}

const asLocalhost: typeof lookup = ((_: string, ...rest: unknown[]) =>
  (lookup as unknown as (...parameters: unknown[]) => void)('localhost', ...rest)) as never;
