import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { whenAnswered } from './answers.js';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const answered = (host: number, guest = 80, limit = 10_000) =>
  whenAnswered({ host, guest, protocol: 'tcp' }, AbortSignal.timeout(limit), 50);

test('a web server is named by its URL', async () => {
  const host = await listening(createHttpServer((_request, response) => response.end('page')));
  expect(await answered(host)).toBe(`http://localhost:${host}`);
});

test('a program that greets first is named by host and port, and gets no request', async () => {
  const got: string[] = [];
  const greet = (socket: Socket) => {
    socket.on('data', (bytes) => got.push(String(bytes))).on('error', () => undefined);
    socket.write('SSH-2.0-test\r\n');
  };
  const host = await listening(createServer(greet));
  expect(await answered(host, 22)).toBe(`localhost:${host}`);
  expect(got).toEqual([]);
});

test('the request has no Host line, which Redis would take for an attack', async () => {
  const got: string[] = [];
  const host = await listening(
    createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        got.push(String(bytes));
        socket.end('-ERR wrong number of arguments\r\n');
      });
    }),
  );
  expect(await answered(host, 6379)).toBe(`localhost:${host}`);
  expect(got.join('')).not.toMatch(/host:/i);
});

test('port 443 is HTTPS', async () => {
  const alert = Buffer.from([0x15, 3, 1, 0, 2, 2, 70]);
  const host = await listening(
    createServer((socket) => socket.on('error', () => undefined).on('data', () => socket.end(alert))),
  );
  expect(await answered(host, 443)).toBe(`https://localhost:${host}`);
});

test('a port that refuses is asked again until something answers', async () => {
  const port = await listening(createServer());
  await new Promise((resolve) => servers.splice(0)[0].close(resolve));
  const waiting = answered(port);
  const server = createHttpServer((_request, response) => response.end());
  servers.push(server);
  setTimeout(() => server.listen(port, '127.0.0.1'), 500);
  expect(await waiting).toBe(`http://localhost:${port}`);
});

test('a connection that nothing answers on ends with the machine', async () => {
  const host = await listening(createServer((socket) => void socket.on('error', () => undefined)));
  expect(await answered(host, 80, 700)).toBeUndefined();
});

test('a program that closes each connection is left alone after five', async () => {
  let connections = 0;
  const host = await listening(
    createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined).on('data', () => socket.destroy());
    }),
  );
  expect(await answered(host, 5432, 30_000)).toBeUndefined();
  expect(connections).toBe(5);
}, 30_000);
