import * as http from 'node:http';
import * as https from 'node:https';
import { isIPv6, type Socket } from 'node:net';
import * as tls from 'node:tls';
import type { Duplex } from 'node:stream';
import { networkError, proxyRefusal, TimeoutError } from './network-error.js';
import type { Proxy } from './proxies.js';

/** An HTTPS agent whose connections pass through a proxy (RFC 9110, section 9.3.6). */
export class TunnelAgent extends https.Agent {
  /** `timeout`: milliseconds that the proxy may take to connect. */
  constructor(
    options: https.AgentOptions,
    private readonly proxy: Proxy,
    private readonly timeout: number,
  ) {
    super(options);
  }

  /** Called by Node for each new connection; `options` has host, port and the settings of TLS. */
  override createConnection(
    options: tls.ConnectionOptions & { host: string; port: number },
    callback: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const host = isIPv6(options.host) ? `[${options.host}]` : options.host;
    connectThrough(this.proxy, `${host}:${options.port}`, options.ca, this.timeout).then(
      (socket) => callback(null, tls.connect({ ...options, socket })),
      (error: Error) => callback(error, undefined as never),
    );
  }
}

/** Asks a proxy for a connection to `target`, `host:port`. Throws `proxy` or `timeout`. */
function connectThrough(
  proxy: Proxy,
  target: string,
  ca: tls.ConnectionOptions['ca'],
  timeout: number,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { request } = proxy.url.protocol === 'https:' ? https : http;
    const headers = {
      host: target,
      ...(proxy.authorization ? { 'proxy-authorization': proxy.authorization } : {}),
    };
    const outgoing = request(proxy.url, { method: 'CONNECT', path: target, headers, agent: false, ca });
    const timer = setTimeout(() => outgoing.destroy(TimeoutError.silent(timeout)), timeout);
    outgoing
      .once('connect', ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
        clearTimeout(timer);
        if (statusCode >= 200 && statusCode < 300 && head.length === 0) return resolve(socket);
        socket.destroy();
        reject(proxyRefusal(proxy, statusCode, target));
      })
      .once('error', (cause) => {
        clearTimeout(timer);
        reject(networkError(cause, proxy.url, proxy));
      })
      .end();
  });
}
