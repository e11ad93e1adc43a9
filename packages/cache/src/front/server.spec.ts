import { Readable } from 'node:stream';
import type { Server } from 'node:http';
import { createCacheServer, listenOn, type Entries } from './server.js';

const stored = new Map<string, Buffer>();
const entries: Entries = {
  find: async (hash) => {
    const bytes = stored.get(hash);
    return bytes && { size: bytes.length, body: Readable.from([bytes]) };
  },
  keep: async (hash, body) => {
    const parts: Buffer[] = [];
    for await (const part of body as AsyncIterable<Buffer>) parts.push(part);
    stored.set(hash, Buffer.concat(parts));
  },
};

let server: Server;
let url: string;
beforeAll(async () => {
  server = createCacheServer(entries, { write: 'writer', read: 'reader' });
  url = `http://127.0.0.1:${await listenOn(server, '127.0.0.1', 0)}/v1/cache`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const ask = (path: string, token: string | undefined, method = 'GET', body?: string) =>
  fetch(`${url}/${path}`, {
    method,
    body,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });

it('sends back what was sent to it, and answers 404 to what it does not have', async () => {
  expect((await ask('1', 'writer', 'PUT', 'archive')).status).toBe(200);
  const answer = await ask('1', 'reader');
  expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([
    200,
    '7',
    'archive',
  ]);
  expect((await ask('2', 'reader')).status).toBe(404);
});

it.each([
  ['no token', undefined, 'GET', 401],
  ['another token', 'stranger', 'GET', 401],
  ['another token', 'stranger', 'PUT', 401],
  ['a token of another length', 'w', 'GET', 401],
  ['the token for reading', 'reader', 'PUT', 403],
  ['another method', 'writer', 'DELETE', 405],
])('with %s, %s as token, %s is answered by %i, and nothing is kept', async (_, token, method, status) => {
  const answer = await ask('9', token, method, method === 'PUT' ? 'archive' : undefined);
  expect(answer.status).toBe(status);
  expect(stored.has('9')).toBe(false);
});

it.each(['..%2f1', 'a/b', `${'1'.repeat(101)}`, '-1', '1?x=2', ''])(
  '%j is no hash, so there is no such entry',
  async (path) => {
    expect((await ask(path, 'writer', 'PUT', 'archive')).status).toBe(404);
    expect([...stored.keys()]).toEqual(['1']);
  },
);
