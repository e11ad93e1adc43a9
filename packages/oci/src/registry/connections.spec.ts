import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import {
  listen,
  randomImage,
  startMemoryRegistry,
  type MemoryRegistry,
  type MemoryRegistryOptions,
} from '@nx-linuxkit/testing';
import { NO_CREDENTIALS } from '../__tests__/keychain.js';
import { AMD64 } from '../__tests__/platforms.js';
import { parseReference } from '../reference.js';
import { openImageSource } from '../sources/open.js';
import { Connections } from './connections.js';

const NAMES = ['one', 'two', 'three'];

let registry: MemoryRegistry;

beforeEach(() => start());
afterEach(() => registry.stop());

async function start(options?: MemoryRegistryOptions): Promise<void> {
  registry = await startMemoryRegistry(options);
  for (const name of NAMES) registry.add(name, '1', await randomImage(1));
}

/** Resolves all images, one after the other, and returns how many connections that took. */
async function connectionsFor(connections?: Connections): Promise<number> {
  for (const name of NAMES) {
    const reference = parseReference(`${registry.host}/${name}:1`);
    const options = { keychain: NO_CREDENTIALS, retryDelays: [], connections };
    const source = await openImageSource(reference, options);
    await source.resolve(AMD64).finally(() => source.close());
  }
  return registry.accepted();
}

it('sources that share connections find out the scheme of a host once, and use the open connection', async () => {
  const connections = new Connections();
  expect(await connectionsFor(connections).finally(() => connections.close())).toBe(2);
});

it('a challenged request keeps its connection while the token is fetched over another one', async () => {
  await registry.stop();
  await start({ auth: { kind: 'token', user: 'u', password: 'p', anonymous: true } });
  const connections = new Connections();
  expect(await connectionsFor(connections).finally(() => connections.close())).toBe(3);
  expect(registry.guard.scopes).toHaveLength(NAMES.length);
});

it('a source without shared connections opens its own', async () => {
  expect(await connectionsFor()).toBe(2 * NAMES.length);
});

it('a file of authorities that could not be read is read again by the next request', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'oci-connections-spec-'));
  const caFile = join(dir, 'ca.pem');
  const connections = new Connections({ caFile });
  try {
    await expect(connectionsFor(connections)).rejects.toMatchObject({ code: 'tls' });
    writeFileSync(caFile, rootCertificates[0]);
    expect(await connectionsFor(connections)).toBe(2);
  } finally {
    connections.close();
    rmSync(dir, { recursive: true });
  }
});

describe('a request', () => {
  /** Sends requests at once to a server that answers each after some milliseconds. */
  const send = async (requests: number, answerAfter: number, idleTimeout: number) => {
    const server = await listen((_, response) => void setTimeout(() => response.end(), answerAfter));
    const connections = new Connections({ idleTimeout });
    const url = new URL(`http://localhost:${server.port}`);
    const one = async () => (await connections.http.send({ method: 'GET', url })).discard();
    try {
      return await Promise.allSettled(Array.from({ length: requests }, one));
    } finally {
      connections.close();
      await server.stop();
    }
  };

  it('that waits for a free connection does not time out', async () => {
    // Six rounds of 16 connections take longer than the time-out, of which each answer takes a fifth.
    const answers = await send(6 * 16, 200, 1000);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 'fulfilled'));
  });

  it('that gets no answer times out', async () => {
    expect(await send(1, 600, 300)).toMatchObject([{ status: 'rejected', reason: { code: 'timeout' } }]);
  });
});

it('dropping a small answer leaves its connection to the next request', async () => {
  const server = await listen((_, response) => {
    response.writeHead(401, { 'content-length': 6 }).write('no');
    setTimeout(() => response.end('body'), 20);
  });
  const connections = new Connections();
  const url = new URL(`http://localhost:${server.port}`);
  try {
    for (const method of ['GET', 'HEAD', 'GET'] as const)
      await (await connections.http.send({ method, url })).discard();
    expect(server.accepted()).toBe(1);
  } finally {
    connections.close();
    await server.stop();
  }
});

it('dropping an answer that is large or does not end closes its connection', async () => {
  const IDLE = 300;
  const server = await listen((request, response) => {
    response.write(request.url === '/large' ? Buffer.alloc(1 << 20) : 'x');
  });
  const connections = new Connections({ idleTimeout: IDLE });
  try {
    for (const path of ['/drip', '/large']) {
      const url = new URL(path, `http://localhost:${server.port}`);
      await (await connections.http.send({ method: 'GET', url })).discard();
    }
    expect(server.accepted()).toBe(2);
  } finally {
    connections.close();
    await server.stop();
  }
});
