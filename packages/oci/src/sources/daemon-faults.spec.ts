import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createRawServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AMD64 } from '../__tests__/platforms.js';
import { parseReference } from '../reference.js';
import { openImageSource } from './open.js';

const ID = `sha256:${'a'.repeat(64)}`;
const NAME = 'docker-daemon:team/app:1';
const FOUND = JSON.stringify({ Id: ID, Os: 'linux', Architecture: 'amd64' });

let dir: string;
const servers: Server[] = [];
const sockets = new Set<Socket>();

beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'oci-daemon-spec-'))));
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  rmSync(dir, { recursive: true });
});

async function listenOn(server: Server): Promise<string> {
  servers.push(server);
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
  const path = join(dir, `${servers.length}.sock`);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return path;
}

/** A daemon that finds the image, and answers the export as `answer` does. */
function exporting(answer: (response: ServerResponse) => void): Server {
  return createServer((request: IncomingMessage, response) =>
    request.url?.endsWith('/json') ? response.end(FOUND) : answer(response),
  );
}

async function resolve(server: Server) {
  const socketPath = await listenOn(server);
  const options = { docker: { socketPath }, temp: join(dir, 'temp'), idleTimeout: 200 };
  const source = await openImageSource(parseReference(NAME), options);
  return source.resolve(AMD64).finally(() => source.close());
}

describe('a Docker daemon', () => {
  it.each<[string, () => Server, string, RegExp]>([
    [
      'that answers 500',
      () => createServer((_, response) => response.writeHead(500).end('{"message":"disk is gone"}')),
      'registry-error',
      /answered 500: .*disk is gone/,
    ],
    [
      'that speaks no HTTP',
      () => createRawServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')),
      'registry-error',
      /is no HTTP \(HPE_/,
    ],
    [
      'that answers with a page',
      () => createServer((_, response) => response.end('<html>')),
      'registry-error',
      /has no image ID and platform/,
    ],
    [
      'that closes every connection',
      () => createRawServer((socket) => socket.destroy()),
      'unreachable',
      /cut the connection/,
    ],
    ['that is silent', () => createRawServer(() => undefined), 'unreachable', /was silent for too long/],
    [
      'whose export is cut',
      () =>
        exporting((response) =>
          response.writeHead(200).write(Buffer.alloc(1 << 20), () => response.destroy()),
        ),
      'unreachable',
      /cut the connection/,
    ],
    [
      'whose export stops',
      () => exporting((response) => response.writeHead(200).write('x')),
      'unreachable',
      /was silent for too long/,
    ],
    [
      'whose export is no tar',
      () => exporting((response) => response.end(Buffer.alloc(4096, 'x'))),
      'invalid-archive',
      /is not a tar/,
    ],
    [
      'whose export is empty',
      () => exporting((response) => response.end()),
      'truncated',
      /lacks the empty block/,
    ],
    [
      'whose export fails',
      () => exporting((response) => response.writeHead(500).end('{"message":"no space"}')),
      'registry-error',
      /answered 500/,
    ],
  ])('%s is one clear error that names the image, and leaves no file', async (_, server, code, message) => {
    const error = await resolve(server()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect((error as Error).message).toContain('team/app:1');
    expect(filesIn(join(dir, 'temp'))).toEqual([]);
  });
});

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
