import { BlockList, isIP } from 'node:net';

/**
 * Tells whether a URL is asked for without a proxy. `list` is a value of NO_PROXY, read as Go's programs read it
 * (https://pkg.go.dev/golang.org/x/net/http/httpproxy): entries between commas or spaces, each a host with all hosts
 * below it, `.domain` or `*.domain` for the hosts below it alone, an address, a range as `10.0.0.0/8`, or `*` for all;
 * a host or address with a port counts for this port alone. Loopback is never asked through a proxy.
 */
export function bypassesProxy(list: string, url: URL): boolean {
  const host = bare(url.hostname);
  if (isLoopback(host)) return true;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && matches(entry, host, port));
}

/** Tells whether a host, an address without brackets or a name, is this machine by definition (RFC 6761, 6.3). */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return (
    name === 'localhost' || name.endsWith('.localhost') || inRange('127.0.0.0/8', name) || name === '::1'
  );
}

/** Tells whether an address lies in a range as `10.0.0.0/8`; false for a name, and for a range that is not valid. */
export function inRange(range: string, host: string): boolean {
  const [network, bits] = range.split('/');
  const [family, of] = [isIP(host), isIP(network)];
  if (family === 0 || family !== of || !/^\d{1,3}$/.test(bits ?? '')) return false;
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const subnet = new BlockList();
  subnet.addSubnet(network, Number(bits), type);
  return subnet.check(host, type);
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return inRange(entry, host);
  const [name, itsPort] = splitPort(entry);
  if (itsPort !== undefined && itsPort !== port) return false;
  const wanted = bare(name).replace(/^\*(?=\.)/, '');
  if (wanted.startsWith('.')) return host.endsWith(wanted);
  return host === wanted || (isIP(host) === 0 && wanted !== '' && host.endsWith(`.${wanted}`));
}

/** Splits `host:port`; an address of IPv6 has colons of its own, and with a port brackets. */
function splitPort(entry: string): readonly [name: string, port: string | undefined] {
  const match = isIP(entry) === 6 ? null : /^(.*):(\d+)$/.exec(entry);
  return match ? [match[1], match[2]] : [entry, undefined];
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '').toLowerCase();
}
