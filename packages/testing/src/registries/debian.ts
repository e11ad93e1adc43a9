import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { request as httpRequest } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, listen } from './listen.js';
import { RequestLog } from './requests.js';
import { loggingProxy } from './proxy.js';

/** Options of Debian's `docker-registry`. */
export interface RegistryOptions {
  /** Requires basic auth, which `docker-registry` checks against a bcrypt hash. */
  readonly auth?: { readonly user: string; readonly password: string };
}

/** A registry on a loopback port. */
export interface BareRegistry {
  /** Host and port as an image reference has them: `localhost:41234`. */
  readonly host: string;
  /** Ends the registry and removes its files. */
  stop(): Promise<void>;
}

/** A registry that logs its requests. */
export interface TestRegistry extends BareRegistry {
  /** `http://localhost:41234` */
  readonly url: string;
  readonly log: RequestLog;
}

/** Milliseconds. The server needs about 0.1 s, and more on a loaded machine. */
const START_TIMEOUT = 20_000;

/** Starts Debian's `docker-registry`, empty, behind a proxy that logs requests. */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const log = new RequestLog();
  const server = await serve(options);
  const proxy = await listen(loggingProxy(server.port, log));
  return {
    host: `localhost:${proxy.port}`,
    url: `http://localhost:${proxy.port}`,
    log,
    stop: async () => {
      await proxy.stop();
      await server.stop();
    },
  };
}

/** Starts the registry without the proxy, which would take as long as the registry itself, for measurements. */
export async function startBareRegistry(): Promise<BareRegistry> {
  const { port, stop } = await serve();
  return { host: `localhost:${port}`, stop };
}

/** Starts Debian's `docker-registry` on a loopback port, with an empty storage. */
async function serve(options: RegistryOptions = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'nx-linuxkit-registry-'));
  const port = await freePort();
  writeFileSync(join(dir, 'config.yml'), configuration(dir, port, options));
  const child = spawn('docker-registry', ['serve', join(dir, 'config.yml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' },
  });
  let stderr = '';
  child.stderr!.on('data', (chunk) => (stderr = (stderr + chunk).slice(-4000)));
  try {
    await answering(port, child, () => stderr);
  } catch (error) {
    await end(child);
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
  return {
    port,
    stop: async () => {
      await end(child);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function configuration(dir: string, port: number, { auth }: RegistryOptions): string {
  const lines = [
    'version: 0.1',
    'log: { level: error }',
    `storage: { filesystem: { rootdirectory: ${JSON.stringify(join(dir, 'storage'))} }, delete: { enabled: true } }`,
    `http: { addr: "127.0.0.1:${port}", relativeurls: true }`,
  ];
  if (auth) {
    const file = join(dir, 'htpasswd');
    writeFileSync(file, `${auth.user}:${bcrypt(auth.password)}\n`);
    lines.push(`auth: { htpasswd: { realm: test, path: ${JSON.stringify(file)} } }`);
  }
  return `${lines.join('\n')}\n`;
}

/** Hashes a password with Perl's crypt(), which every Debian has; Node's crypto has no bcrypt. */
function bcrypt(password: string): string {
  const script = 'print crypt($ARGV[0], q($2b$04$abcdefghijklmnopqrstuu))';
  const { stdout } = spawnSync('perl', ['-e', script, password], { encoding: 'utf8' });
  if (!stdout?.startsWith('$2b$')) throw new Error('perl cannot make a bcrypt hash on this system');
  return stdout;
}

async function answering(port: number, child: ChildProcess, stderr: () => string): Promise<void> {
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  for (const start = Date.now(); Date.now() - start < START_TIMEOUT;) {
    if (failure)
      throw new Error('cannot start docker-registry: install the Debian package', { cause: failure });
    if (child.exitCode !== null) throw new Error(`docker-registry ended: ${stderr()}`);
    if (await answers(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`docker-registry does not answer on port ${port}: ${stderr()}`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = httpRequest({ host: '127.0.0.1', port, path: '/v2/' }, (response) => {
      response.resume();
      resolve(true);
    });
    request.on('error', () => resolve(false));
    request.end();
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
