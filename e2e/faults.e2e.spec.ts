import { watch } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  freePort,
  randomImage,
  startMemoryRegistry,
  type Fault,
  type MemoryRegistry,
  type TestImage,
} from '@nx-linuxkit/testing';
import { systemImage } from './graph/images.js';
import { smallYaml } from './graph/system-yaml.js';
import { expectOneError } from './workspace/expect-one-error.js';
import { leftovers } from './workspace/leftovers.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

const YAML = 'apps/my-os/linuxkit.yml';
const LOCK = 'apps/my-os/linuxkit.lock.json';
const TAR = 'dist/apps/my-os/tar/my-os.tar';

/** Seconds that one document or layer may take here. */
const LIMIT = 6;
const status = (code: number): Fault => ({ kind: 'status', status: code });
/** Name of a system, what its registry does at which requests, and how the error goes on behind the image's name. */
const FAULTS: Readonly<Record<string, readonly [path: string, fault: Fault, message: string]>> = {
  unauthorized: ['/manifests/', status(401), 'answered 401; no credentials for'],
  'no-manifest': ['/manifests/', status(404), 'does not exist'],
  'no-blob': ['/blobs/', status(404), 'does not exist'],
  'other-manifest': ['/manifests/', { kind: 'corrupt' }, 'has the digest sha256:\\w+, expected sha256:'],
  'other-blob': ['/blobs/', { kind: 'corrupt' }, 'has the digest sha256:\\w+, expected sha256:'],
  short: [
    '/blobs/',
    { kind: 'truncate', bytes: 100 },
    'ends after 100 bytes at localhost:\\d+, expected \\d+',
  ],
  long: ['/blobs/', { kind: 'overlong', bytes: 10 }, 'has more than the expected \\d+ bytes'],
  silent: ['/blobs/', { kind: 'stall', after: 0 }, `${LIMIT} s`],
};

describe('a registry that fails', () => {
  let registry: MemoryRegistry;
  let workspace: Workspace;
  let image: TestImage;
  let lock: string;

  beforeAll(async () => {
    registry = await startMemoryRegistry();
    image = await systemImage('init');
    registry.add('init', '1', image);
    const files = { [YAML]: smallYaml(`${registry.host}/init:1`) };
    for (const [i, name] of Object.keys(FAULTS).entries()) {
      // No image shares a blob with another, so that each blob is asked for under the name that the fault is about.
      const layers = [{ entries: [{ name: `etc/${name}`, body: `it is ${name}, ${'x'.repeat(500)}` }] }];
      registry.add(name, '1', await randomImage(i, { layers, config: { Cmd: [`/${name}`] } }));
      Object.assign(files, { [`apps/${name}/linuxkit.yml`]: smallYaml(`${registry.host}/${name}:1`) });
    }
    workspace = await Workspace.create({ env: IN_PROCESS, plugin: { transferTimeout: LIMIT }, files });
    await workspace.succeed('run-many', '-t', 'lock');
    for (const [name, [path, fault]] of Object.entries(FAULTS))
      registry.fail({ path: `/v2/${name}${path}` }, fault);
    lock = workspace.read(LOCK);
    workspace.commit();
  });
  afterAll(async () => {
    await workspace?.stop();
    await registry?.stop();
  });
  beforeEach(() => workspace.emptyAll());

  it('each fault is one error of the system that meets it, a silent server ends in its time, and the next build is right', async () => {
    const names = Object.keys(FAULTS);
    const run = await workspace.nx('run-many', '-t', 'build', '-p', names.join(','));
    registry.heal();
    for (const [name, [, , message]] of Object.entries(FAULTS)) {
      expectOneError(run, new RegExp(`${registry.host}/${name}\\b.*${message}`));
    }
    expect(run.failed).toEqual(names.map((name) => `oci@${name}:pull-image`).sort());
    expect(leftovers(workspace)).toEqual([]);
    await workspace.succeed('run-many', '-t', 'build', '-p', names.join(','));
    for (const name of names)
      expect(workspace.bytes(`dist/apps/${name}/tar/${name}.tar`).toString('latin1')).toContain(
        `it is ${name}`,
      );
  });

  it('a download continues where its connection was cut', async () => {
    const [layer] = image.layers;
    registry.fail({ path: layer.descriptor.digest, times: 1 }, { kind: 'drop', after: 50 });
    await workspace.succeed('build', 'my-os');
    const ranges = registry.log.blobGets(layer.descriptor.digest).map(({ headers }) => headers.range);
    expect(ranges).toContain('bytes=50-');
  });

  it('no registry at the address', async () => {
    const port = await freePort();
    const gone = `localhost:${port}/init:1`;
    workspace.write({ [YAML]: smallYaml(gone), [LOCK]: lock.replaceAll(`${registry.host}/init:1`, gone) });
    try {
      expectOneError(
        await workspace.nx('build', 'my-os'),
        `cannot reach localhost:${port}: connection refused`,
      );
      expectOneError(await workspace.nx('lock', 'my-os', '--update'), `cannot reach localhost:${port}`);
      expect(leftovers(workspace)).toEqual([]);
    } finally {
      workspace.write({ [YAML]: smallYaml(`${registry.host}/init:1`), [LOCK]: lock });
    }
    await workspace.succeed('build', 'my-os');
  });

  it.each([
    ['that the image does not have', 'linux/s390x', /s390x/],
    ['that is not valid', 'linux', /apps\/my-os\/linuxkit\.yml:\d+:\d+: .*linux/],
  ])('a platform %s', async (_, platform, message) => {
    workspace.write({ [YAML]: smallYaml(`${registry.host}/init:1`, { more: `platforms: [${platform}]\n` }) });
    try {
      const run = await workspace.nx('build', 'my-os');
      expect(run.code).not.toBe(0);
      expect(run.output).toMatch(message);
      expect(run.output).not.toMatch(/^ +at .*:\d+:\d+\)?$/m);
      expect(workspace.read(LOCK)).toBe(lock);
    } finally {
      workspace.write({ [YAML]: smallYaml(`${registry.host}/init:1`) });
    }
    await workspace.succeed('build', 'my-os');
  });

  it('a build killed while it pulls does not disturb the next one', async () => {
    registry.fail({ path: '/blobs/' }, { kind: 'slow', parts: 20, pause: 1000 });
    registry.log.clear();
    const killer = new AbortController();
    const building = workspace.nxWith({ signal: killer.signal }, 'build', 'my-os');
    for (let waited = 0; waited < 60_000 && registry.log.requests.length === 0; waited += 50) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await new Promise((resolve) => setTimeout(resolve, 1500));
    killer.abort();
    expect((await building).code).toBeNull();
    registry.heal();
    await workspace.succeed('build', 'my-os');
    expect(workspace.bytes(TAR).toString('latin1')).toContain('init 1');
    expect(leftovers(workspace)).toEqual([]);
  });

  it('a build killed while it writes a format leaves no part of it, and does not disturb the next one', async () => {
    await workspace.succeed('build', 'my-os');
    const large = 'x'.repeat(2 ** 28);
    workspace.write({
      'apps/my-os/large': large,
      [YAML]: smallYaml(`${registry.host}/init:1`, { files: ['large'] }),
    });
    const killer = new AbortController();
    const writing = new Promise<string>((resolve) => {
      const { signal } = killer;
      watch(workspace.path('dist/apps/my-os'), { signal, recursive: true }, (_, path) => {
        if (path?.includes('.tmp/')) resolve(path);
      });
    });
    const building = workspace.nxWith({ signal: killer.signal }, 'build', 'my-os');
    await Promise.race([writing, building]);
    killer.abort();
    expect((await building).code).toBeNull();
    // The build removed the old artefact, and the new one has its name only when it is complete.
    expect(workspace.exists(TAR)).toBe(false);
    // Nx alone was killed. Its batch still writes until it notices that, so the next build must start later; on a busy
    // machine it may have noticed by now.
    for (const left of leftovers(workspace)) {
      expect(left).toMatch(/dist\/apps\/my-os\/tar\..*\.tmp\/my-os\.tar$/);
      await ended(Number(/\.(\d+)-[0-9a-f]+\.tmp/.exec(left)?.[1]));
    }
    await workspace.succeed('build', 'my-os');
    expect(workspace.bytes(TAR).length).toBeGreaterThan(large.length);
    expect(leftovers(workspace)).toEqual([]);
  });
});

async function ended(pid: number): Promise<void> {
  const isRunning = () => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  while (isRunning()) await sleep(50);
}
