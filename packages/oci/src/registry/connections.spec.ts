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
import { Keychain } from '../credentials.js';
import { parsePlatform } from '../platform.js';
import { parseReference } from '../reference.js';
import { openImageSource } from '../sources/open.js';
import { Connections } from './connections.js';

const AMD64 = parsePlatform('linux/amd64');
const NOBODY = new Keychain({ env: {}, home: '/nonexistent' });
const NAMES = ['one', 'two', 'three'];

let registry: MemoryRegistry;

beforeEach(() => start());
afterEach(() => registry.stop());

async function start(options?: MemoryRegistryOptions): Promise<void> {
  registry = await startMemoryRegistry(options);
  for (const name of NAMES) registry.add(name, '1', await randomImage(1));
}

/** Connections that it took to resolve all images, one after the other. */
async function connectionsFor(connections?: Connections): Promise<number> {
  for (const name of NAMES) {
    const reference = parseReference(`${registry.host}/${name}:1`);
    const source = await openImageSource(reference, { keychain: NOBODY, retryDelays: [], connections });
    await source.resolve(AMD64).finally(() => source.close());
  }
  return registry.accepted();
}

it('sources that share connections ask once which scheme a host speaks, and go on with what is open', async () => {
  const connections = new Connections();
  expect(await connectionsFor(connections).finally(() => connections.close())).toBe(2);
});

it('a challenge keeps its connection, though the token is asked for over another meanwhile', async () => {
  await registry.stop();
  await start({ auth: { kind: 'token', user: 'u', password: 'p', anonymous: true } });
  const connections = new Connections();
  expect(await connectionsFor(connections).finally(() => connections.close())).toBe(3);
  expect(registry.guard.scopes).toHaveLength(NAMES.length);
});

it('a source by itself has connections of its own, and closes them', async () => {
  expect(await connectionsFor()).toBe(2 * NAMES.length);
});

it('what failed is not remembered: neither the authorities that could not be read nor the scheme', async () => {
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
  const IDLE = 300;
  const slowly = async (milliseconds: number, requests: number) => {
    const server = await listen((_, response) => void setTimeout(() => response.end(), milliseconds));
    const connections = new Connections({ idleTimeout: IDLE });
    const url = new URL(`http://localhost:${server.port}`);
    const one = async () => (await connections.http.send({ method: 'GET', url })).discard();
    try {
      return await Promise.allSettled(Array.from({ length: requests }, one));
    } finally {
      connections.close();
      await server.stop();
    }
  };

  it('that waits until others are done is not given up, however long they take', async () => {
    const answers = await slowly(IDLE / 2, 3 * 16);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 'fulfilled'));
  });

  it('that gets no answer is', async () => {
    expect(await slowly(2 * IDLE, 1)).toMatchObject([{ status: 'rejected', reason: { code: 'timeout' } }]);
  });
});

it('what follows an answer that nobody wants, and that is small, has its connection', async () => {
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

it('an answer that nobody wants and that does not end is cut off, and so is one that is large', async () => {
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
