import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen, startBareRegistry } from '@nx-linuxkit/testing';
import { passSlowly } from './pass-slowly.js';

/** Bytes a second that a registry takes which trickles. */
const TRICKLE = 1000;

/** What goes wrong with a request; `undefined` passes it on. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Never answers. */
  | 'hang'
  /** Cuts the connection in the middle of the answer, or of the body of a request. */
  | 'cut'
  /** One wrong byte in each answer with a body. */
  | 'wrong'
  /** Some bytes a second, of the answer or of the body of a request. */
  | 'trickle'
  /** Ends the connection at once. */
  | 'reset';

/** A real registry behind a proxy that can be told to fail. */
export interface FaultyRegistry {
  readonly host: string;
  /** Decides about each request from now on. */
  set(fault: (request: IncomingMessage) => Fault | undefined): void;
  stop(): Promise<void>;
}

/** Starts Debian's registry behind the proxy. */
export async function startFaultyRegistry(): Promise<FaultyRegistry> {
  const registry = await startBareRegistry();
  const port = Number(registry.host.split(':')[1]);
  let decide: (request: IncomingMessage) => Fault | undefined = () => undefined;
  const proxy = await listen((request, response) => serve(decide(request), port, request, response));
  return {
    host: `localhost:${proxy.port}`,
    set: (fault) => void (decide = fault),
    stop: async () => {
      await proxy.stop();
      await registry.stop();
    },
  };
}

function serve(
  fault: Fault | undefined,
  port: number,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (fault === 'hang') return void request.resume();
  if (fault === 'reset') return void request.socket.destroy();
  if (fault === 'cut' && request.method === 'PUT')
    return void request.once('data', () => request.socket.destroy());
  if (typeof fault === 'object') {
    request.resume();
    return void request.once('end', () => response.writeHead(fault.status, fault.headers).end());
  }
  const { method, url: path, headers } = request;
  const upstream = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    if (fault === undefined) return void answer.pipe(response);
    void damage(fault, answer, response);
  });
  upstream.on('error', () => response.destroy());
  if (fault === 'trickle' && method === 'PUT') return void passSlowly(request, upstream, TRICKLE);
  request.pipe(upstream);
}

async function damage(fault: Fault, answer: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of answer as AsyncIterable<Buffer>) parts.push(part);
  const bytes = Buffer.concat(parts);
  if (fault === 'cut')
    return void response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
  if (fault === 'wrong' && bytes.length > 0) bytes[bytes.length >> 1] ^= 1;
  if (fault !== 'trickle') return void response.end(bytes);
  for (let at = 0; at < bytes.length && !response.destroyed; at += 100) {
    response.write(bytes.subarray(at, at + 100));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  response.end();
}
