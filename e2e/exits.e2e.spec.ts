import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, request, type Server as HttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomImage, startMemoryRegistry, type MemoryRegistry } from '@nx-linuxkit/testing';
import { ProgramFolder } from './command/program.js';
import { smallYaml } from './graph/system-yaml.js';
import { PipelineSystem } from './pipeline/system.js';
import { sampleOf } from './sample.js';
import { expectNoStack } from './workspace/expect-one-error.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

/** A build ends, whatever its registry, its pipes and a person do: nothing keeps one of its processes. */

/** Seconds after which a process counts as one that never ends. A busy machine needs half of them for the work itself. */
const NEVER = 100;
/** Seconds that one document or layer may take here. */
const LIMIT = 3;

let registry: MemoryRegistry;
beforeAll(async () => {
  registry = await startMemoryRegistry();
  // Some megabytes, which threads compress.
  const layers = [1, 2, 3, 4].map(() => ({ files: 20, size: 200_000 }));
  registry.add('init', '1', await randomImage(1, { layers }));
});
afterAll(() => registry?.stop());
beforeEach(() => registry.heal());

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** A program in a process group of its own, whose standard input is a pipe that never ends. */
class Program {
  private output = '';
  private readonly child: ChildProcess;
  private readonly exit: Promise<unknown[]>;

  constructor(command: string, args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
    this.child = spawn(command, args, { ...options, detached: true, stdio: 'pipe' });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream!.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.exit = once(this.child, 'exit');
  }

  /** Signals all processes of the group, as a terminal does. */
  signal(signal: NodeJS.Signals): void {
    process.kill(-this.child.pid!, signal);
  }

  /** Waits until the program and all that it has started are gone; kills them, and throws, if that never happens. */
  async end(): Promise<Ended> {
    const deadline = performance.now() + NEVER * 1000;
    while (this.isRunning()) {
      if (performance.now() > deadline) {
        this.signal('SIGKILL');
        throw new Error(`still runs after ${NEVER} s:\n${this.output}`);
      }
      await sleep(50);
    }
    const [code, signal] = (await this.exit) as [number | null, NodeJS.Signals | null];
    return { code, signal, output: this.output };
  }

  private isRunning(): boolean {
    try {
      return process.kill(-this.child.pid!, 0);
    } catch {
      return false;
    }
  }
}

describe('the pipeline', () => {
  const sockets = new Set<Socket>();
  const servers: (Server | HttpServer)[] = [];
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-exits-'))));
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers.splice(0)) server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function listen(server: Server | HttpServer): Promise<string> {
    servers.push(server);
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  function build(host: string): Promise<Ended> {
    new PipelineSystem(folder, `${host}/init:1`, { transferTimeout: LIMIT });
    const args = [join(__dirname, 'pipeline/build.cjs'), folder];
    return new Program(process.execPath, args, { cwd: folder, env: process.env }).end();
  }

  it('ends with an error where a registry accepts and never answers', async () => {
    const { code, output } = await build(await listen(createServer(() => undefined)));
    expect(code).toBe(1);
    expect(output).toContain(`${LIMIT} s`);
  });

  it('ends with an error where a registry answers a byte at a time, for ever', async () => {
    const trickle = createServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nX-Header: ');
      const timer = setInterval(() => socket.write('x'), 100);
      socket.on('close', () => clearInterval(timer));
    });
    const { code, output } = await build(await listen(trickle));
    expect(code).toBe(1);
    expect(output).toContain(`${LIMIT} s`);
  });

  it('ends well where a registry closes each connection that is kept', async () => {
    const server = createHttpServer((incoming, answer) => {
      const [hostname, port] = registry.host.split(':');
      const { method, url, headers } = incoming;
      request({ hostname, port, method, path: url, headers }, (from) => {
        answer.writeHead(from.statusCode!, { ...from.headers, connection: 'keep-alive' });
        from.pipe(answer);
      }).end();
    });
    server.keepAliveTimeout = 1;
    expect(await build(await listen(server))).toMatchObject({ code: 0 });
  });
});

describe('the command', () => {
  let folder: ProgramFolder;
  beforeAll(async () => {
    folder = await ProgramFolder.create({ 'os.yml': smallYaml(`${registry.host}/init:1`) });
  });
  afterAll(() => folder?.remove());
  const run = (line: string) => new Program('bash', ['-c', line], { cwd: folder.dir, env: folder.env });

  it('ends though its standard input never does', async () => {
    expect(await run('nx-linuxkit build --format tar os.yml').end()).toMatchObject({ code: 0 });
  });

  it.each([
    ['its log', 'nx-linuxkit build --format tar os.yml 2>&1 | head -n 0; echo "ended with ${PIPESTATUS[0]}"'],
    ['a format', 'nx-linuxkit build -o - os.yml | head -c 1 >/dev/null; echo "ended with ${PIPESTATUS[0]}"'],
  ])('ends where the reader of %s has gone', async (_, line) => {
    const { output } = await run(line).end();
    expect(output).toMatch(/ended with \d+\n$/);
    expectNoStack(output);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends it while it pulls', async (signal) => {
    await folder.sh('rm -rf "$HOME/.cache" "$HOME/.nx-linuxkit"');
    registry.fail({ path: '/blobs/' }, { kind: 'slow', parts: 20, pause: 1000 });
    registry.log.clear();
    const program = run('exec nx-linuxkit build --format tar os.yml');
    await untilPulling();
    program.signal(signal);
    const { code, signal: by, output } = await program.end();
    expect(code === 0 ? output : (by ?? code)).not.toBe(output);
    expectNoStack(output);
  });
});

describe('Nx', () => {
  let workspace: Workspace;
  beforeAll(async () => {
    const yaml = smallYaml(`${registry.host}/init:1`);
    workspace = await Workspace.create({ env: IN_PROCESS, files: { 'apps/my-os/linuxkit.yml': yaml } });
    await workspace.succeed('lock', 'my-os');
  });
  afterAll(() => workspace?.stop());
  beforeEach(() => workspace.emptyAll());
  const nx = (...args: string[]) =>
    new Program(process.execPath, [workspace.path('node_modules/.bin/nx'), ...args], {
      cwd: workspace.dir,
      env: workspace.env,
    });

  it('ends though its standard input never does', async () => {
    expect(await nx('build', 'my-os').end()).toMatchObject({ code: 0 });
  });

  it.each(sampleOf(['SIGINT', 'SIGTERM'] as const, (signal) => signal === 'SIGINT'))(
    '%s ends it while it pulls',
    async (signal) => {
      registry.fail({ path: '/blobs/' }, { kind: 'slow', parts: 20, pause: 1000 });
      registry.log.clear();
      const program = nx('build', 'my-os');
      await untilPulling();
      program.signal(signal);
      const { code, output } = await program.end();
      expect({ code, output }).not.toMatchObject({ code: 0 });
      registry.heal();
      await workspace.succeed('build', 'my-os');
    },
  );
});

/** Waits until a layer is being sent. */
async function untilPulling(): Promise<void> {
  for (let waited = 0; registry.log.blobGets().length === 0; waited += 50) {
    if (waited > NEVER * 1000) throw new Error('no blob was asked for');
    await sleep(50);
  }
  await sleep(300);
}
