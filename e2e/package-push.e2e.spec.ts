import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { openEnvironment, packageTag, pushPackage, type PushRequest } from '@nx-linuxkit/stages';
import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

/** Runs while this process serves the registry, so it must not block. */
const skopeo = async (...args: string[]) => (await promisify(execFile)('skopeo', args)).stdout;

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry?.stop());

describe('pushing a package', () => {
  let root: string;
  let gate: Gate;
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
      cwd: root,
      encoding: 'utf8',
    });
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  };
  const environment = () =>
    openEnvironment(root, { packages: { platforms: ['linux/amd64', 'linux/arm64'] }, store: '.store' });
  const push = (request: Partial<PushRequest> = {}) => {
    const lines: string[] = [];
    return pushPackage(environment(), { place: 'pkg/app', frozen: true, ...request }, (line) =>
      lines.push(line),
    );
  };
  const manifest = async (reference: string, host = gate.host) => {
    const [, path, tag] = /^[^/]+\/(.+):([^:]+)$/.exec(reference)!;
    const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';
    const response = await fetch(`http://${host}/v2/${path}/manifests/${tag}`, { headers: { accept } });
    return {
      status: response.status,
      body: (response.status === 200 ? await response.json() : {}) as Served,
    };
  };

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'e2e-push-'));
    gate = await startGate(registry.host);
    git('init', '-q');
    write({
      '.gitignore': '.store\n.linuxkit\n',
      'pkg/app/build.yml': `image: app\norg: ${gate.host}/acme\ntag: "v-{{.Hash}}"\n`,
      'pkg/app/Dockerfile': 'FROM scratch\nARG TARGETARCH\nCOPY a /\nENV ON=$TARGETARCH\n',
      'pkg/app/a': 'a'.repeat(100_000),
    });
    git('add', '-A');
    git('commit', '-q', '-m', 'first');
  });
  afterAll(async () => {
    await gate?.stop();
    rmSync(root, { recursive: true, force: true });
  });
  beforeEach(() => gate.reset());

  test('fails half-way with one error, and leaves no name for what is not there', async () => {
    const { reference } = await packageTag(environment(), 'pkg/app');
    gate.fail = ({ method, url }) =>
      method === 'PUT' && /manifests\/sha256/.test(url) && gate.count('PUT', /manifests/) > 1;
    await expect(push()).rejects.toMatchObject({ code: 'registry-error' });
    expect((await manifest(reference)).status).toBe(404);
  });

  test('writes an index for all platforms last, under the tag of git', async () => {
    const written = await push();
    expect(written).toEqual([`${gate.host}/acme/app:v-${git('rev-parse', 'HEAD:pkg/app').trim()}`]);
    const { body } = await manifest(written[0]);
    expect(body.manifests.map(({ platform }) => platform)).toEqual([
      { architecture: 'amd64', os: 'linux' },
      { architecture: 'arm64', os: 'linux' },
    ]);
    expect(
      gate.requests.filter((line) => line.startsWith('PUT') && line.includes('/manifests/')).at(-1),
    ).toContain('/manifests/v-');
    const raw = [
      'inspect',
      '--config',
      '--tls-verify=false',
      '--override-arch',
      'arm64',
      `docker://${written[0]}`,
    ];
    const config = JSON.parse(await skopeo(...raw));
    expect(config).toMatchObject({
      architecture: 'arm64',
      config: { Env: [expect.any(String), 'ON=arm64'] },
    });
  });

  test('sends nothing that the registry has', async () => {
    await push();
    expect(gate.requests.filter((line) => line.startsWith('POST'))).toEqual([]);
  });

  test('adds a release and a tag for each platform where that is asked for', async () => {
    const written = await push({ release: 'v1.0', archTags: true });
    expect(written[1]).toBe(`${gate.host}/acme/app:v1.0`);
    expect((await manifest(written[1])).body.manifests).toHaveLength(2);
    expect((await manifest(`${written[1]}-arm64`)).body.layers).toHaveLength(1);
  });

  test('refuses what is not committed, unless told', async () => {
    write({ 'pkg/app/new': 'x' });
    await expect(push()).rejects.toMatchObject({
      code: 'unsupported',
      message: 'pkg/app has files that are not committed, so it is not pushed',
    });
    expect(gate.requests).toEqual([]);
    expect((await push({ dirty: true }))[0]).toMatch(/:v-[0-9a-f]{40}-dirty-[0-9a-f]{7}$/);
    rmSync(join(root, 'pkg/app/new'));
  });
});

test('nx show-tag and nx push-image are verbs of the package’s project', async () => {
  const workspace = await Workspace.create({
    env: IN_PROCESS,
    files: {
      'pkg/app/build.yml': `image: app\norg: ${registry.host}/acme\n`,
      'pkg/app/Dockerfile': 'FROM scratch\nCOPY a /\n',
      'pkg/app/a': '1',
    },
  });
  try {
    const hash = workspace.git('rev-parse', 'HEAD:pkg/app').trim();
    const reference = `${registry.host}/acme/app:${hash}`;
    expect((await workspace.succeed('show-tag', 'pkg/app')).output).toContain(reference);
    const { output } = await workspace.succeed('run-many', '-t', 'push-image');
    expect(output).toContain(`push ${reference}: sha256:`);
    expect(await skopeo('inspect', '--tls-verify=false', `docker://${reference}`)).toContain('amd64');
  } finally {
    await workspace.stop();
  }
});

/** An index or a manifest. */
interface Served {
  readonly manifests: readonly { readonly platform: object }[];
  readonly layers: readonly object[];
}

/** Forwards requests to a registry, and fails those that `fail` names. */
interface Gate {
  readonly host: string;
  readonly requests: string[];
  fail(request: { method: string; url: string }): boolean;
  count(method: string, path: RegExp): number;
  reset(): void;
  stop(): Promise<void>;
}

async function startGate(target: string): Promise<Gate> {
  const [hostname, port] = target.split(':');
  const requests: string[] = [];
  const server: Server = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/' } = incoming;
    requests.push(`${method} ${url}`);
    if (gate.fail({ method, url })) {
      incoming.resume();
      outgoing.writeHead(400).end();
      return;
    }
    const outer = forward({ hostname, port, method, path: url, headers: incoming.headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    outer.on('error', () => outgoing.destroy());
    incoming.pipe(outer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const gate: Gate = {
    host: `localhost:${(server.address() as AddressInfo).port}`,
    requests,
    fail: () => false,
    count: (method, path) =>
      requests.filter((line) => line.startsWith(`${method} `) && path.test(line)).length,
    reset: () => {
      requests.length = 0;
      gate.fail = () => false;
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return gate;
}
