import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openChannel, type Channel } from './channel.js';

let root: string;
let server: Server;
let guest: Socket;
let channel: Channel;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'nx-linuxkit-channel-'));
  const path = join(root, 'port');
  const connected = new Promise<Socket>((resolve) => (server = createServer(resolve)));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  channel = (await openChannel(path, new AbortController().signal)) as Channel;
  guest = (await connected).on('error', () => undefined);
});
afterEach(() => {
  channel.close();
  guest.destroy();
  server.close();
  rmSync(root, { recursive: true, force: true });
});

it('a line comes in whatever pieces it was sent, and none after the guest has gone', async () => {
  guest.write('rea');
  guest.write('dy\ndo');
  expect(await channel.line()).toBe('ready');
  guest.end('ne\n');
  expect(await channel.line()).toBe('done');
  expect(await channel.line()).toBeUndefined();
});

it('a guest whose lines are all read keeps its channel, however many come together', async () => {
  const line = 'x'.repeat(99);
  for (let sent = 0; sent < 1000; sent += 1) {
    guest.write(`${line}\n${line}\n`);
    expect([await channel.line(), await channel.line()]).toEqual([line, line]);
  }
});

it.each([
  ['one line without an end', 'x'],
  ['lines that were not asked for', 'x\n'],
])('a guest that sends %s is left before it fills the memory', async (_, text) => {
  const left = new Promise((resolve) => guest.once('close', resolve));
  const more = () => void guest.write(text.repeat(32_768), (error) => error ?? more());
  more();
  await left;
  for (let read = 0; read < 100_000; read += 1) if ((await channel.line()) === undefined) return;
  throw new Error('the channel is still open');
});
