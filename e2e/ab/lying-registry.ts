import {
  createServer as createHttp,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttps, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

/** Changes the body of an answer; `path` is what was asked for, such as `manifests/stable`. */
export type Lie = (path: string, body: Buffer) => Buffer;

/** Answers as a registry does, except where it lies. */
export class LyingRegistry {
  /** Undefined once it tells the truth. */
  lie: Lie | undefined;
  private readonly server: Server;

  private constructor(
    private readonly port: number,
    tls?: ServerOptions,
  ) {
    const answer = (asked: IncomingMessage, to: ServerResponse) => this.answer(asked, to);
    this.server = tls ? createHttps(tls, answer) : createHttp(answer);
  }

  /** In front of the registry `host`, which is at loopback. With `tls` it speaks HTTPS. */
  static async open(host: string, lie?: Lie, tls?: ServerOptions): Promise<LyingRegistry> {
    const lying = new LyingRegistry(Number(host.split(':')[1]), tls);
    lying.lie = lie;
    await new Promise<void>((resolve) => lying.server.listen(0, '127.0.0.1', resolve));
    return lying;
  }

  /** The port, at loopback. */
  get at(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private answer({ method, url = '', headers }: IncomingMessage, to: ServerResponse): void {
    const place = { host: '127.0.0.1', port: this.port };
    const asked = request({ ...place, method, path: url, headers: withoutHost(headers) }, (answered) => {
      const chunks: Buffer[] = [];
      answered.on('data', (chunk: Buffer) => chunks.push(chunk));
      answered.on('end', () => {
        const body = Buffer.concat(chunks);
        const path = url.replace(/^\/v2\/systems\/os\//, '');
        const said = this.lie ? this.lie(path, body) : body;
        to.writeHead(answered.statusCode ?? 500, { ...answered.headers, 'content-length': said.length });
        to.end(said);
      });
    });
    asked.on('error', () => to.destroy());
    asked.end();
  }
}

function withoutHost({ host: _, ...headers }: IncomingMessage['headers']): IncomingMessage['headers'] {
  return headers;
}

/** The same bytes with one bit changed in the last of them. */
export function withOneBitChanged(body: Buffer): Buffer {
  const changed = Buffer.from(body);
  if (changed.length > 0) changed[changed.length - 1]! ^= 1;
  return changed;
}
