import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, startMemoryRegistry, type MemoryRegistry } from '@nx-linuxkit/testing';
import { systemImage } from './graph/images.js';
import { smallYaml } from './graph/system-yaml.js';
import { expectOneError } from './workspace/expect-one-error.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

/** Debian's tinyproxy, and registries under the name of this machine, because loopback is never asked through a proxy. */
const NAME = hostname().toLowerCase();
const PASSWORD = 'hidden-from-all';
const TAR = 'dist/apps/my-os/tar/my-os.tar';

let dir: string;
let proxy: { readonly process: ChildProcess; readonly port: number };
let secure: MemoryRegistry;
let plain: MemoryRegistry;
const doors: Server[] = [];
let workspace: Workspace;
let secureHost: string;
let plainHost: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'e2e-proxy-'));
  const auth = { kind: 'token', user: 'u', password: 'p', anonymous: true } as const;
  secure = await startMemoryRegistry({ tls: certificate(), auth });
  plain = await startMemoryRegistry();
  secure.add('init', '1', await systemImage('init'));
  // Another image, because systems share the node of an image and so the registry that it comes from.
  plain.add('init', '1', await systemImage('init', 2));
  secureHost = `${NAME}:${await openDoor(secure)}`;
  plainHost = `${NAME}:${await openDoor(plain)}`;
  secure.guard.url = `https://${secureHost}`;
  proxy = await startTinyproxy();
  workspace = await Workspace.create({
    env: IN_PROCESS,
    plugin: { insecure: [plainHost], caFile: 'ca.pem', mirrors: { [plainHost]: ['http://localhost:9'] } },
    files: {
      'apps/my-os/linuxkit.yml': smallYaml(`${secureHost}/init:1`),
      'apps/plain/linuxkit.yml': smallYaml(`${plainHost}/init:1`),
      'ca.pem': readFileSync(join(dir, 'cert.pem'), 'utf8'),
    },
  });
});

afterAll(async () => {
  await workspace?.stop();
  proxy?.process.kill();
  for (const door of doors) door.close();
  await Promise.all([secure?.stop(), plain?.stop()]);
  rmSync(dir, { recursive: true, force: true });
});

/** Makes a certificate for the name of this machine. */
function certificate() {
  const files = ['-keyout', join(dir, 'key.pem'), '-out', join(dir, 'cert.pem')];
  const names = ['-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...files, ...names], { stdio: 'ignore' });
  return { key: readFileSync(join(dir, 'key.pem')), cert: readFileSync(join(dir, 'cert.pem')) };
}

/** Makes a registry of loopback reachable under every address of this machine; returns the port. */
async function openDoor({ host }: MemoryRegistry): Promise<number> {
  const inner = Number(host.split(':')[1]);
  const door = createServer((socket) => {
    const upstream = connect(inner, '127.0.0.1');
    for (const end of [socket, upstream])
      end.on('error', () => [socket, upstream].map((one) => one.destroy()));
    socket.pipe(upstream).pipe(socket);
  });
  doors.push(door);
  await new Promise<void>((resolve) => door.listen(0, () => resolve()));
  return (door.address() as AddressInfo).port;
}

async function startTinyproxy() {
  const port = await freePort();
  const file = join(dir, 'tinyproxy.conf');
  const log = join(dir, 'proxy.log');
  writeFileSync(
    file,
    [
      `Port ${port}`,
      'Listen 127.0.0.1',
      `LogFile "${log}"`,
      'LogLevel Info',
      `BasicAuth me ${PASSWORD}`,
    ].join('\n'),
  );
  const child = spawn('tinyproxy', ['-d', '-c', file], { stdio: 'ignore' });
  for (let i = 0; i < 100 && !existsSync(log); i++) await sleep(50);
  return { process: child, port };
}

/** The hosts that the proxy was asked for since the last call. */
let read = 0;
function proxied(): string[] {
  const text = readFileSync(join(dir, 'proxy.log'), 'utf8');
  const lines = text.slice(read).split('\n');
  read = text.length;
  return lines.flatMap((line) => /Request \(file descriptor \d+\): (.*) HTTP/.exec(line)?.[1] ?? []);
}

function through(password: string) {
  const url = `http://me:${password}@127.0.0.1:${proxy.port}`;
  return { HTTP_PROXY: url, https_proxy: url };
}

function forget(): void {
  workspace.emptyNxCache();
  workspace.emptyStore();
  workspace.remove('.linuxkit', 'dist');
}

it('a registry with a token server is asked through a proxy that wants a password', async () => {
  const env = through(PASSWORD);
  const locked = await workspace.nxWith({ env }, 'lock', 'my-os');
  const built = await workspace.nxWith({ env }, 'build', 'my-os');
  expect([locked.code, built.code]).toEqual([0, 0]);
  const asked = proxied();
  expect(asked.length).toBeGreaterThan(1);
  expect(new Set(asked)).toEqual(new Set([`CONNECT ${secureHost}`]));
  expect(workspace.bytes(TAR).toString('latin1')).toContain('init 1');
  expect(locked.output + built.output).not.toContain(PASSWORD);
  expect(secure.guard.scopes.length).toBeGreaterThan(0);
});

it('a registry of plain http is asked through the proxy if insecure names it', async () => {
  const env = through(PASSWORD);
  const locked = await workspace.nxWith({ env }, 'lock', 'plain');
  expect([locked.code, locked.output]).toEqual([0, expect.anything()]);
  const asked = proxied();
  expect(asked).toContain(`GET http://${plainHost}/v2/init/manifests/1`);
  // A mirror that fails is named when a system is locked.
  expect(locked.output).toContain('mirror localhost:9: ');
});

it('a wrong password for the proxy is one error, which does not show it', async () => {
  forget();
  const run = await workspace.nxWith({ env: through('wrong-and-hidden') }, 'build', 'my-os');
  expectOneError(run, 'wants credentials, and it refused those of https_proxy');
  expect(run.output).not.toContain('wrong-and-hidden');
});

it('a proxy that is not there is one error, and NO_PROXY goes without it', async () => {
  forget();
  proxied();
  const dead = { https_proxy: `http://me:${PASSWORD}@127.0.0.1:9` };
  const run = await workspace.nxWith({ env: dead }, 'build', 'my-os');
  expectOneError(run, 'cannot reach the proxy 127.0.0.1:9');
  expect(run.output).not.toContain(PASSWORD);
  const direct = await workspace.nxWith({ env: { ...dead, NO_PROXY: NAME } }, 'build', 'my-os');
  expect(direct.code).toBe(0);
  expect(proxied()).toEqual([]);
});
