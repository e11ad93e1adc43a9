import { timingSafeEqual, createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { CacheError } from '../error.js';

/** An archive that can be sent. */
export interface Archive {
  /** Bytes. */
  readonly size: number;
  readonly body: Readable;
}

/** What the server serves. Nothing here throws. */
export interface Entries {
  find(hash: string): Promise<Archive | undefined>;
  /** Reads the body to its end. */
  keep(hash: string, body: Readable, length: number): Promise<void>;
}

/** Who may do what. */
export interface Tokens {
  /** For reading and writing. */
  readonly write?: string;
  /** For reading alone. */
  readonly read?: string;
}

const PATH = /^\/v1\/cache\/([A-Za-z0-9_][A-Za-z0-9_-]{0,99})$/;
/** Milliseconds. Nx makes an archive in memory before it begins to send it, and keeps connections open meanwhile. */
const KEEP_ALIVE = 60_000;

/**
 * Speaks the protocol of Nx's remote cache, https://nx.dev/docs/kb/self-hosted-caching. Nx fails a build for every answer
 * but 200, 404, and for a PUT also 403 and 409, so that a fault is a 404 or a 200 here.
 */
export function createCacheServer(entries: Entries, tokens: Tokens): Server {
  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    void handle(request, response, entries, tokens).catch(() => response.destroy());
  });
  server.keepAliveTimeout = KEEP_ALIVE;
  // The largest archives take longer than Node's five minutes over a slow network.
  server.requestTimeout = 0;
  return server;
}

/** Listens, and returns the port. Throws `bad-flag` for an address that cannot be had. */
export async function listenOn(server: Server, host: string, port: number): Promise<number> {
  const listening = new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(port, host, resolve),
  );
  await listening.catch((cause: Error) => {
    throw new CacheError('bad-flag', `cannot listen on ${host}:${port}: ${cause.message}`, {
      hint: 'Give another address with --host, or another port with --port.',
    });
  });
  return (server.address() as AddressInfo).port;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  entries: Entries,
  tokens: Tokens,
): Promise<void> {
  const hash = PATH.exec(request.url ?? '')?.[1];
  const right = rightOf(request.headers.authorization, tokens);
  if (!right) return refuse(request, response, 401);
  if (hash === undefined) return refuse(request, response, 404);
  if (request.method === 'GET') return send(response, await entries.find(hash));
  if (request.method !== 'PUT') return refuse(request, response, 405);
  if (right === 'read') return refuse(request, response, 403);
  const length = Number(request.headers['content-length']);
  if (!Number.isSafeInteger(length)) return refuse(request, response, 411);
  await entries.keep(hash, request, length);
  response.writeHead(200).end();
}

async function send(response: ServerResponse, archive: Archive | undefined): Promise<void> {
  if (!archive) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': archive.size });
  await pipeline(archive.body, response);
}

/** Reads the body before it answers, as a client may not listen before it has sent everything. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number): void {
  request.resume();
  request.once('end', () => response.writeHead(status).end());
}

function rightOf(authorization: string | undefined, { write, read }: Tokens): 'write' | 'read' | undefined {
  const given = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
  if (given === undefined) return undefined;
  if (write !== undefined && isEqual(given, write)) return 'write';
  return read !== undefined && isEqual(given, read) ? 'read' : undefined;
}

/** Takes the same time for every wrong token. */
function isEqual(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
