import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, createServer as createRawServer, type AddressInfo, type Socket } from 'node:net';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe as describeError } from '@nx-linuxkit/errors';
import { listen } from '@nx-linuxkit/testing';
import { HttpClient } from './http-client.js';
import { Proxies } from './proxies.js';
import { Secrets } from './secrets.js';

const proxyFor = (env: Record<string, string>, url: string) =>
  new Proxies(env, new Secrets()).for(new URL(url))?.place;

describe('the variables', () => {
  it.each([
    [{ HTTP_PROXY: 'http://p:1' }, 'http://a/', 'p:1'],
    [{ http_proxy: 'http://p:1' }, 'http://a/', 'p:1'],
    [{ HTTP_PROXY: 'http://p:1' }, 'https://a/', undefined],
    [{ HTTPS_PROXY: 'http://p:1' }, 'https://a/', 'p:1'],
    [{ https_proxy: 'p:1', HTTPS_PROXY: 'http://q:2' }, 'https://a/', 'p:1'],
    [{ https_proxy: '', HTTPS_PROXY: 'http://q:2' }, 'https://a/', 'q:2'],
    [{ ALL_PROXY: 'http://p:1' }, 'https://a/', 'p:1'],
    [{ https_proxy: 'p' }, 'https://a/', 'p:80'],
    [{ https_proxy: 'https://p' }, 'https://a/', 'p:443'],
    [{ HTTPS_PROXY: 'http://p:1', NO_PROXY: 'a' }, 'https://a/', undefined],
    [{ HTTPS_PROXY: 'http://p:1', no_proxy: 'b', NO_PROXY: 'a' }, 'https://a/', 'p:1'],
    [{ HTTP_PROXY: 'http://p:1' }, 'http://localhost:5000/', undefined],
  ])('%j lead %s to %s', (env, url, place) => {
    expect(proxyFor(env as Record<string, string>, url)).toBe(place);
  });

  it.each(['socks5://me:secret@p:1', 'http://me:secret@:1', 'http://', 'file:///secret'])(
    '%s is refused without being shown',
    (value) => {
      expect(() => proxyFor({ HTTPS_PROXY: value }, 'https://a/')).toThrow(
        expect.objectContaining({ code: 'proxy', message: expect.not.stringContaining('secret') }),
      );
    },
  );
});

/** A proxy on loopback that leads every host to loopback, so that names need not exist. */
async function startProxy(credentials?: string) {
  const seen: string[] = [];
  const wanted = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
  const refused = ({ headers }: IncomingMessage) =>
    wanted !== undefined && headers['proxy-authorization'] !== wanted;
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    if (refused(request)) return void response.writeHead(407).end();
    const { port, pathname } = new URL(request.url!);
    const headers = { ...request.headers };
    delete headers['proxy-authorization'];
    httpRequest({ host: '127.0.0.1', port, path: pathname, headers }, (answer) =>
      answer.pipe(response.writeHead(answer.statusCode!, answer.headers)),
    ).end();
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('connect', (request, socket: Socket) => {
    seen.push(`CONNECT ${request.url}`);
    if (refused(request)) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    if (request.url!.startsWith('denied')) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const upstream = connect(Number(request.url!.split(':').pop()), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    for (const end of [socket, upstream]) end.on('error', () => end.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    seen,
    place: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('a request through a proxy', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'oci-proxies-spec-'));
    const files = ['-keyout', join(dir, 'key.pem'), '-out', join(dir, 'cert.pem')];
    const names = ['-subj', '/CN=x', '-addext', 'subjectAltName=DNS:secure.example,DNS:denied.example'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    execFileSync('openssl', ['req', '-x509', ...curve, ...files, ...names], { stdio: 'ignore' });
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  /** Asks for a URL on a host that only the proxy finds; returns the answer or the error. */
  async function ask(scheme: 'http' | 'https', host: string, user = '', credentials?: string) {
    const proxy = await startProxy(credentials);
    const tls = { key: readFileSync(join(dir, 'key.pem')), cert: readFileSync(join(dir, 'cert.pem')) };
    const headers: unknown[] = [];
    const server = await listen(
      (request, response) => {
        headers.push(request.headers);
        response.end('found');
      },
      scheme === 'https' ? tls : undefined,
    );
    const value = `http://${user}${proxy.place}`;
    const env = { HTTP_PROXY: value, HTTPS_PROXY: value };
    const client = new HttpClient({ env, caFile: join(dir, 'cert.pem'), idleTimeout: 2000 });
    const url = new URL(`${scheme}://${host}:${server.port}/path`);
    try {
      const answer = await client
        .send({ method: 'GET', url })
        .then((response) => response.text(100))
        .catch((error: unknown) => describeError(error));
      return { answer, seen: proxy.seen, headers: JSON.stringify(headers), url, proxy };
    } finally {
      client.close();
      await server.stop();
      await proxy.stop();
    }
  }

  it('is forwarded for http, and tunnelled for https', async () => {
    const plain = await ask('http', 'plain.example');
    expect(plain).toMatchObject({ answer: 'found', seen: [`GET ${plain.url.href}`] });
    const secure = await ask('https', 'secure.example');
    expect(secure).toMatchObject({ answer: 'found', seen: [`CONNECT ${secure.url.host}`] });
  });

  it.each(['http', 'https'] as const)(
    'of %s has the credentials of the proxy, for it alone',
    async (scheme) => {
      const { answer, headers } = await ask(scheme, 'secure.example', 'me:p%40ss@', 'me:p@ss');
      expect(answer).toBe('found');
      expect(headers).not.toMatch(/proxy-authorization|p@ss/i);
    },
  );

  it.each(['http', 'https'] as const)('of %s says that the proxy wants other credentials', async (scheme) => {
    const none = await ask(scheme, 'secure.example', '', 'me:p@ss');
    expect(none.answer).toMatch(
      `the proxy ${none.proxy.place} wants credentials, and there are none in HTTP`,
    );
    const wrong = await ask(scheme, 'secure.example', 'me:hidden@', 'me:p@ss');
    expect(wrong.answer).toMatch(/wants credentials, and it refused those of HTTPS?_PROXY/);
    expect(wrong.answer).not.toContain('hidden');
  });

  it('checks the certificate of the host behind the tunnel', async () => {
    expect((await ask('https', 'other.example')).answer).toMatch('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('says that the proxy does not connect', async () => {
    const { answer, url, proxy } = await ask('https', 'denied.example');
    expect(answer).toMatch(`the proxy ${proxy.place} does not connect to ${url.host}: it answered 403`);
  });

  it.each(['http', 'https'])('of %s names a proxy that is not there', async (scheme) => {
    const dead = 'http://me:hidden@127.0.0.1:9';
    const client = new HttpClient({ env: { HTTP_PROXY: dead, HTTPS_PROXY: dead } });
    const sent = client.send({ method: 'GET', url: new URL(`${scheme}://a.example/`) });
    await expect(sent).rejects.toMatchObject({
      code: 'proxy',
      message: 'cannot reach the proxy 127.0.0.1:9: connection refused (ECONNREFUSED)',
    });
    client.close();
  });

  it('ends when the proxy is silent', async () => {
    const sockets: Socket[] = [];
    const silent = createRawServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const https_proxy = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const client = new HttpClient({ env: { https_proxy }, idleTimeout: 200 });
    const sent = client.send({ method: 'GET', url: new URL('https://a.example/') });
    await expect(sent).rejects.toMatchObject({
      code: 'timeout',
      message: `the proxy ${https_proxy} does not answer: no byte for 0.2 s`,
    });
    client.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });
});
