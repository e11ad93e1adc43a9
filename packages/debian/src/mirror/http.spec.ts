import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe as describeError } from '@nx-linuxkit/errors';
import { MirrorClient, NotFound } from './http.js';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a file of a mirror', () => {
  it('is fetched through the proxy of the environment', async () => {
    const seen: (string | undefined)[] = [];
    const proxy = await serve(({ url, headers }, response) => {
      seen.push(url, headers['proxy-authorization']);
      response.end('a package');
    });
    const client = new MirrorClient({ env: { http_proxy: `http://me:secret@${proxy}` } });
    expect(await client.fetchText('http://mirror.example/debian/x', 100)).toBe('a package');
    const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`;
    expect(seen).toEqual(['http://mirror.example/debian/x', basic]);
  });

  it('is asked for again, from its start, when the connection breaks within it', async () => {
    let asked = 0;
    const host = await serve((_, response) => {
      if ((asked += 1) === 3) return void response.end('whole');
      response.writeHead(200, { 'content-length': 5 }).write('who', () => response.destroy());
    });
    expect(await new MirrorClient().fetchText(`http://${host}/x`, 100)).toBe('whole');
  });

  it.each([
    [{ idleTimeout: 100, minimumRate: 1000 }, /is too slow: \d+ bytes/],
    [{ idleTimeout: 1000, minimumRate: 0, transferTimeout: 300 }, /was not done after 0.3 s/],
  ])('that drips ends by %j', async (pace, message) => {
    const host = await serve((_, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.once('close', () => clearInterval(timer));
    });
    await expect(new MirrorClient(pace).fetchText(`http://${host}/x`, 1e6)).rejects.toMatchObject({
      code: 'mirror-failed',
      message: expect.stringMatching(message),
    });
  });

  it('is fetched with the password of its URL, which no error shows and no other host gets', async () => {
    const seen: [string | undefined, IncomingMessage['headers']][] = [];
    const other = await serve(({ url, headers }, response) => {
      seen.push([url, headers]);
      response.writeHead(403).end('secret');
    });
    const host = await serve(({ url, headers }, response) => {
      seen.push([url, headers]);
      response.writeHead(302, { location: `http://${other}/x` }).end();
    });
    const client = new MirrorClient();
    const error = await client
      .fetchText(`http://me:secret@${host}/x`, 100)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'mirror-failed' });
    expect(describeError(error)).not.toContain('secret');
    expect(seen.map(([, { authorization }]) => authorization)).toEqual([
      `Basic ${Buffer.from('me:secret').toString('base64')}`,
      undefined,
    ]);
  });

  it('that the mirror lacks is told apart from a failure', async () => {
    const host = await serve(({ url }, response) => response.writeHead(url === '/gone' ? 410 : 200).end());
    const client = new MirrorClient();
    await expect(client.fetchText(`http://${host}/gone`, 1)).rejects.toBeInstanceOf(NotFound);
    expect(await client.hasFile(`http://${host}/gone`)).toBe(false);
    expect(await client.hasFile(`http://${host}/there`)).toBe(true);
  });
});
