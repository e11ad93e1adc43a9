import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Parts of the scripts `update` and `state` that need no machine: what they ask of a registry, and what they leave behind. */

const IMAGES = join(__dirname, '../images');
const REGISTRY = join(IMAGES, 'update/files/lib/registry.sh');
const LUKS = join(IMAGES, 'state-luks/files/usr/lib/state/luks.sh');

let root: string;
let server: Server | undefined;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ab-scripts-'));
  mkdirSync(join(root, 'bin'));
  writeFileSync(
    join(root, 'bin/curl'),
    `#!/bin/sh\nprintf '%s\\n' "$@" >>${root}/args\nexec /usr/bin/curl "$@"\n`,
  );
  chmodSync(join(root, 'bin/curl'), 0o755);
});
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
  server = undefined;
  rmSync(root, { recursive: true, force: true });
});

/** Runs lines of the shell after a part of a script, as the machine's busybox does. */
async function shell(part: string, lines: string): Promise<{ status: number | null; output: string }> {
  const script = `. ${part}\n${lines}`;
  const env = { ...process.env, PATH: `${root}/bin:${process.env.PATH}` };
  const child = spawn('busybox', ['sh', '-c', script], { cwd: root, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const status = await new Promise<number | null>((resolve, reject) =>
    child.on('close', resolve).on('error', reject),
  );
  return { status, output };
}

/** Runs lines after the part of `update` that asks registries, with a server in the registry's place. */
async function asking(answer: RequestListener, lines: string, login = 'x:y') {
  const started = createServer(answer);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const { port } = started.address() as AddressInfo;
  writeFileSync(join(root, 'login'), `other.example a:b\n127.0.0.1:${port} ${login}\n`);
  const set = `WORK=${root} HOST= scheme=http token= range= fetched=0 DOCUMENT=1000000 credentials=${root}/login first=127.0.0.1:${port}`;
  const refuse = 'refuse() { echo "refused: $1"; exit 1; }';
  const reference = `read_reference 127.0.0.1:${port}/systems/os:stable; read_credentials`;
  return shell(REGISTRY, `${set}\n${refuse}\n${reference}\n${lines}`);
}

test('a registry gets the credentials, and no argument of a program has them', async () => {
  const login = 'somebody:pass "word" \\ end';
  const asked: (string | undefined)[] = [];
  const answer: RequestListener = ({ headers, url }, to) => {
    asked.push(headers.authorization);
    if (url?.startsWith('/token')) return to.end('{"token": "of-the-registry"}');
    if (headers.authorization?.startsWith('Bearer')) return to.end('the manifest');
    const realm = `http://${headers.host}/token`;
    return to.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="s",scope="r"` }).end();
  };
  const { status, output } = await asking(answer, `get manifests/stable ${root}/manifest 1000`, login);
  expect([status, output]).toEqual([0, '']);
  const basic = `Basic ${Buffer.from(login).toString('base64')}`;
  expect(asked).toEqual([basic, basic, 'Bearer of-the-registry']);
  expect(readFileSync(join(root, 'manifest'), 'utf8')).toBe('the manifest');
  expect(readFileSync(join(root, 'args'), 'utf8')).not.toMatch(/somebody|word|of-the-registry/);
});

test('a token with a line of its own gives curl no option', async () => {
  const asked: string[] = [];
  const answer: RequestListener = ({ headers, url = '' }, to) => {
    asked.push(url);
    const token = `t"\noutput = "${root}/stolen`;
    if (url.startsWith('/token')) return to.end(JSON.stringify({ token }));
    if (headers.authorization?.startsWith('Bearer')) return to.end('the manifest');
    return to.writeHead(401, { 'www-authenticate': `Bearer realm="http://${headers.host}/token"` }).end();
  };
  await asking(answer, `get manifests/stable ${root}/manifest 1000`);
  expect(asked).toHaveLength(3);
  expect(existsSync(join(root, 'stolen'))).toBe(false);
  expect(readFileSync(join(root, 'manifest'), 'utf8')).toBe('the manifest');
});

test('a place for tokens leads to no file, and begins no option', async () => {
  for (const realm of ['file:///etc/hostname', `-o${root}/stolen`]) {
    const answer: RequestListener = (_, to) =>
      void to.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end();
    const { status, output } = await asking(answer, `get manifests/stable ${root}/manifest 1000`);
    expect([status, output]).toEqual([
      1,
      expect.stringMatching(/^refused: 127\.0\.0\.1:\d+ gives no token\n$/),
    ]);
    expect(existsSync(join(root, 'stolen'))).toBe(false);
    server?.close();
  }
});

test('a file of a version that does not end is cut off at the size that the manifest signs', async () => {
  const size = 300_000;
  let sent = 0;
  const answer: RequestListener = (_, to) => {
    const more = () => {
      while (!to.destroyed && to.write(Buffer.alloc(65_536))) sent += 65_536;
    };
    to.on('drain', more);
    more();
  };
  const parts = join(IMAGES, 'update/files/lib/blocks.sh');
  const { status, output } = await asking(
    answer,
    `. ${parts}\nrenew() { return 1; }\nread_back() { return 1; }\nwrite program sha256:00 ${size} old ${root}/new`,
  );
  expect(output).toMatch(/refused: 127\.0\.0\.1:\d+ has more than 300000 bytes in blobs\/sha256:00\n$/);
  expect(status).toBe(1);
  expect(readFileSync(join(root, 'new')).length).toBeLessThanOrEqual(size + 65_536);
  expect(sent).toBeLessThan(100_000_000);
});

test('state leaves no key behind when it fails', async () => {
  writeFileSync(join(root, 'state.key'), '0123456789abcdef'.repeat(4));
  const keys = join(root, 'keys');
  const lines = (type: string) => `
HOST= KEYS=${keys} key=${root}/state.key tpm= recovery= device=/dev/vdb1 name=state pcrs=7
fail() { [ -s $KEYS/file ] && echo "state: $1"; exit 1; }
type_of() { echo ${type}; }
blkid() { :; }
cryptsetup() { return 1; }
open_encrypted`;
  for (const [type, says] of [
    ['ext4', /is not encrypted/],
    ['crypto_LUKS', /stays closed: the key \S+ is not one of its keys/],
    ["''", /cannot encrypt/],
  ] as const) {
    const { status, output } = await shell(LUKS, lines(type));
    expect([status, output]).toEqual([1, expect.stringMatching(says)]);
    expect(existsSync(keys)).toBe(false);
  }
});
