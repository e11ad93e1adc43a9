import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type AddressInfo } from 'node:net';
import { authorityOf, parseEndpoint, type RunningServer } from './endpoint.js';
import { serveHttp } from './http-server.js';
import { acknowledgedBlock, KIND } from './tftp-packet.js';
import { serveTftp } from './tftp-server.js';

const folder = mkdtempSync(join(tmpdir(), 'serve-spec-'));
const root = join(folder, 'root');
/** Not a multiple of any block size used here, and longer than a stream's chunk. */
const BYTES = randomBytes(200_001);
const EXACT = randomBytes(1024);
const lines: string[] = [];
let http: RunningServer;
let tftp: RunningServer;

beforeAll(async () => {
  mkdirSync(join(root, 'sub'), { recursive: true });
  writeFileSync(join(root, 'os kernel'), BYTES);
  writeFileSync(join(root, 'sub/exact'), EXACT);
  writeFileSync(join(root, 'empty'), '');
  writeFileSync(join(folder, 'secret'), 'secret');
  symlinkSync(join(folder, 'secret'), join(root, 'link'));
  symlinkSync(join(root, 'sub/exact'), join(root, 'inner'));
  const log = (line: string) => void lines.push(line);
  http = await serveHttp(root, { flag: 'port', address: '127.0.0.1', port: 0 }, log);
  tftp = await serveTftp(root, { flag: 'tftp', address: '127.0.0.1', port: 0 }, log);
});
afterAll(async () => {
  await http.close();
  await tftp.close();
  rmSync(folder, { recursive: true });
});

describe('HTTP', () => {
  const get = (path: string, init: RequestInit = {}) => fetch(http.url + path, init);
  const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

  it('serves files, also by links inside of the folder', async () => {
    expect((await bytesOf(await get('os%20kernel'))).equals(BYTES)).toBe(true);
    expect((await bytesOf(await get('sub/exact?x=1'))).equals(EXACT)).toBe(true);
    expect((await bytesOf(await get('inner'))).equals(EXACT)).toBe(true);
    expect((await bytesOf(await get('empty'))).length).toBe(0);
    expect(lines).toContain('127.0.0.1 GET /os%20kernel 200');
  });

  it('HEAD says the size', async () => {
    const answer = await get('os%20kernel', { method: 'HEAD' });
    expect([answer.headers.get('content-length'), (await bytesOf(answer)).length]).toEqual(['200001', 0]);
  });

  it.each<[string, number, [number, number]]>([
    ['bytes=0-9', 206, [0, 10]],
    ['bytes=199990-', 206, [199_990, 200_001]],
    ['bytes=-5', 206, [199_996, 200_001]],
    ['bytes=10-999999', 206, [10, 200_001]],
    ['bytes=200001-', 416, [0, 0]],
    ['bytes=0-1,3-4', 200, [0, 200_001]],
  ])('range %s: %d', async (range, status, [start, end]) => {
    const answer = await get('os%20kernel', { headers: { range } });
    expect(answer.status).toBe(status);
    expect((await bytesOf(answer)).equals(BYTES.subarray(start, end))).toBe(true);
  });

  it.each([
    'link',
    'missing',
    'sub',
    '',
    '%2e%2e/secret',
    '..%2fsecret',
    '%00',
    '%ff',
    'sub%5c..%5c..%5csecret',
  ])('answers 404 for %j', async (path) => expect((await get(path)).status).toBe(404));

  it('answers 404 for a path that a client does not normalise', async () => {
    const sent = request(http.url, { path: '/../secret' }).end();
    const [answer] = await once(sent, 'response');
    expect(answer.statusCode).toBe(404);
    answer.resume();
  });

  it('opens no pipe, which would wait for a writer', async () => {
    const path = join(root, 'pipe');
    execFileSync('mkfifo', [path]);
    expect((await get('pipe', { signal: AbortSignal.timeout(10_000) })).status).toBe(404);
    rmSync(path);
  });

  it('changes nothing', async () =>
    expect((await get('empty', { method: 'PUT', body: 'x' })).status).toBe(405));
});

describe('TFTP', () => {
  interface Fetched {
    readonly bytes: Buffer;
    readonly blocks: number;
    readonly options?: string;
    readonly error?: string;
  }

  /** Fetches a file as a client does, which loses every `lose`th packet at first. */
  async function fetchFile(
    name: string,
    { mode = 'octet', options = '', lose = 0, kind = KIND.read as number } = {},
  ): Promise<Fetched> {
    const socket = createSocket('udp4');
    const { port } = new URL(tftp.url.replace('tftp:', 'http:'));
    const words = (...values: number[]) => Buffer.from(values.flatMap((value) => [value >> 8, value & 255]));
    socket.send(
      Buffer.concat([words(kind), Buffer.from(`${name}\0${mode}\0${options}`)]),
      Number(port),
      '127.0.0.1',
    );
    const size = Number(/blksize\0(\d+)/.exec(options)?.[1] ?? 512);
    const chunks: Buffer[] = [];
    let [shown, seen] = ['', 0];
    try {
      for (;;) {
        const [packet, peer] = (await once(socket, 'message', { signal: AbortSignal.timeout(20_000) })) as [
          Buffer,
          AddressInfo,
        ];
        if (lose > 0 && ++seen % lose === 0) continue;
        const what = packet.readUInt16BE(0);
        const acknowledge = (block: number) =>
          socket.send(words(KIND.acknowledged, block), peer.port, '127.0.0.1');
        if (what === KIND.error)
          return {
            bytes: Buffer.concat(chunks),
            blocks: chunks.length,
            error: packet.toString('utf8', 4, packet.length - 1),
          };
        if (what === KIND.options) {
          shown = packet.toString('utf8', 2);
          acknowledge(0);
          continue;
        }
        const block = packet.readUInt16BE(2);
        if (block === (chunks.length + 1) % 0x10000) chunks.push(packet.subarray(4));
        acknowledge(block);
        const granted = Number(/blksize\0(\d+)/.exec(shown)?.[1] ?? Math.min(size, 512));
        if (packet.length - 4 < granted)
          return { bytes: Buffer.concat(chunks), blocks: chunks.length, options: shown };
      }
    } finally {
      socket.close();
    }
  }

  it('serves files in blocks of 512 bytes, or of as many as are asked for', async () => {
    const plain = await fetchFile('/os kernel');
    expect([plain.bytes.equals(BYTES), plain.blocks]).toEqual([true, 391]);
    const large = await fetchFile('os kernel', { options: 'blksize\x001432\0tsize\x000\0' });
    expect([large.bytes.equals(BYTES), large.blocks, large.options]).toEqual([
      true,
      140,
      'blksize\x001432\0tsize\x00200001\0',
    ]);
    const limited = await fetchFile('os kernel', { options: 'blksize\x0065464\0' });
    expect([limited.bytes.equals(BYTES), limited.options]).toEqual([true, 'blksize\x001468\0']);
  });

  it('ends a file whose size is that of its blocks, and an empty one, with an empty block', async () => {
    expect(await fetchFile('sub/exact')).toMatchObject({ bytes: EXACT, blocks: 3 });
    expect(await fetchFile('empty')).toMatchObject({ blocks: 1 });
  });

  it('counts on from 0 behind block 65,535', async () => {
    const many = randomBytes(8 * 65_540 + 3);
    writeFileSync(join(root, 'many'), many);
    const fetched = await fetchFile('many', { options: 'blksize\x008\0' });
    expect([fetched.blocks, fetched.bytes.equals(many)]).toEqual([65_541, true]);
  }, 120_000);

  it('sends again what was lost', async () => {
    expect((await fetchFile('sub/exact', { lose: 2 })).bytes.equals(EXACT)).toBe(true);
  }, 60_000);

  it.each([['../secret'], ['link'], ['missing'], ['sub'], ['sub\\..\\..\\secret']])(
    'says that there is no %j',
    async (name) => expect((await fetchFile(name)).error).toBe('there is no such file'),
  );

  it('logs a name without what controls a terminal', async () => {
    await fetchFile('\x1b]0;title\x07\nmissing é');
    expect(lines).toContain('127.0.0.1 TFTP %1B]0;title%07%0Amissing %C3%A9 not found');
  });

  it('takes no file and no text', async () => {
    expect((await fetchFile('x', { kind: KIND.write })).error).toBe('files can be read alone');
    expect((await fetchFile('sub/exact', { mode: 'netascii' })).error).toBe('there is no such file');
  });

  it('survives packets that are none', async () => {
    const socket = createSocket('udp4');
    const { port } = new URL(tftp.url.replace('tftp:', 'http:'));
    for (const bytes of ['', '\0', '\0\x01', '\0\x01\0\0', '\0\x04\0\x01', 'x'.repeat(2000)])
      socket.send(bytes, Number(port), '127.0.0.1');
    expect((await fetchFile('sub/exact')).bytes.equals(EXACT)).toBe(true);
    socket.close();
    expect(acknowledgedBlock(Buffer.from('\0'))).toBeUndefined();
  });
});

describe('addresses', () => {
  it.each([
    [':8080', { port: 8080 }],
    ['69', { port: 69 }],
    ['127.0.0.1:0', { port: 0, address: '127.0.0.1' }],
    ['[::1]:80', { port: 80, address: '::1' }],
  ])('%s is read', (text, expected) =>
    expect(parseEndpoint('port', text)).toEqual({ flag: 'port', ...expected }),
  );

  it.each(['', ':', ':x', ':70000', 'a b:1', '::1:80'])('%j is refused', (text) =>
    expect(() => parseEndpoint('tftp', text)).toThrow(
      expect.objectContaining({ code: 'bad-flag', hint: expect.stringContaining('--tftp') }),
    ),
  );

  it('the address of an IPv6 host stands in brackets', () => {
    expect(new URL(`http://${authorityOf(parseEndpoint('port', '[::1]:80'), 8080)}/`).hostname).toBe('[::1]');
    expect(authorityOf(parseEndpoint('port', ':80'), 8080)).toBe('localhost:8080');
  });

  it('a port in use is one error that says what to do', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await expect(
      serveHttp(root, { flag: 'port', address: '127.0.0.1', port }, () => undefined),
    ).rejects.toMatchObject({
      code: 'bad-flag',
      message: `port: another program listens on port ${port}`,
      hint: expect.stringContaining(':0'),
    });
    taken.close();
  });
});
