import { indexOf, pushTo, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { pushSystem, systemImage } from './graph/images.js';
import { smallYaml, systemYaml } from './graph/system-yaml.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

const INITRD = 'dist/apps/my-os/kernel+initrd/my-os-initrd.img';
const LOCK = 'apps/my-os/linuxkit.lock.json';

describe('a system without a lock', () => {
  let registry: TestRegistry;
  let workspace: Workspace;
  let bytes: Buffer;

  beforeAll(async () => {
    registry = await startRegistry();
    await pushSystem(registry);
    const server = {
      name: 'server',
      targets: {
        build: {
          executor: 'nx:run-commands',
          outputs: ['{projectRoot}/dist'],
          options: {
            command: 'mkdir -p apps/server/dist && cp apps/server/main.txt apps/server/dist/main.txt',
          },
        },
      },
    };
    workspace = await Workspace.create({
      env: IN_PROCESS,
      files: {
        'apps/my-os/linuxkit.yml': systemYaml(registry.host, { files: ['apps/server/dist/main.txt'] }),
        'apps/server/project.json': JSON.stringify(server),
        'apps/server/main.txt': 'server',
      },
    });
  });
  afterAll(async () => {
    await workspace?.stop();
    await registry?.stop();
  });
  beforeEach(() => registry.log.clear());

  it('is not built in CI, where an error names the command to run', async () => {
    const run = await workspace.nxWith({ env: { CI: 'true' } }, 'build', 'my-os');
    expect(run.code).not.toBe(0);
    expect(run.output).toContain('linuxkit.lock.json does not pin');
    expect(run.output).toContain('Run `nx lock my-os` and commit the lock file');
    expect(run.output).not.toMatch(/^ +at /m);
    expect(workspace.exists(LOCK)).toBe(false);
    expect(registry.log.requests).toEqual([]);
  });

  it('is built by one command, which writes the lock', async () => {
    await workspace.succeed('build', 'my-os');
    bytes = workspace.bytes(INITRD);
    expect(Object.keys(JSON.parse(workspace.read(LOCK)).images)).toHaveLength(5);
  });

  it('the second build fetches and compresses nothing', async () => {
    const run = await workspace.succeed('build', 'my-os');
    expect(run.partsMade).toBe(0);
    expect(registry.log.blobGets()).toEqual([]);
    expect(workspace.bytes(INITRD).equals(bytes)).toBe(true);
  });

  it('the third build runs nothing', async () => {
    expect((await workspace.succeed('build', 'my-os')).executed).toEqual([]);
    expect(registry.log.requests).toEqual([]);
  });

  it('a build locks a new image, but not in CI', async () => {
    workspace.write({
      'apps/my-os/linuxkit.yml': systemYaml(registry.host, {
        services: [{ name: 'clock', image: `${registry.host}/clock:1` }],
      }),
    });
    const frozen = await workspace.nxWith({ env: { CI: '1' } }, 'build', 'my-os');
    expect(frozen.code).not.toBe(0);
    expect(frozen.output).toContain(`linuxkit.lock.json does not pin ${registry.host}/clock:1`);
    await workspace.succeed('build', 'my-os');
    expect(workspace.read(LOCK)).toContain('/clock:1');
  });
});

describe('a system for two platforms', () => {
  let registry: TestRegistry;
  let workspace: Workspace;

  beforeAll(async () => {
    registry = await startRegistry();
    const images = [await systemImage('init'), await systemImage('init', 2, 'arm64')];
    await pushTo(registry, indexOf(images), 'init:1');
    const yaml = smallYaml(`${registry.host}/init:1`, { more: 'platforms: [linux/amd64, linux/arm64]\n' });
    workspace = await Workspace.create({ env: IN_PROCESS, files: { 'apps/my-os/linuxkit.yml': yaml } });
  });
  afterAll(async () => {
    await workspace?.stop();
    await registry?.stop();
  });

  it('has a node and an output for each', async () => {
    await workspace.succeed('lock', 'my-os');
    const run = await workspace.succeed('run-many', '-t', 'build');
    expect(run.built).toEqual(['my-os', 'my-os-arm64']);
    expect(run.executed).toEqual(
      expect.arrayContaining(['oci@init:pull-image', 'oci@init@arm64:pull-image']),
    );
    const text = (path: string) => workspace.bytes(path).toString('latin1');
    expect(text('dist/apps/my-os/tar/my-os.tar')).toContain('init 1');
    expect(text('dist/apps/my-os/arm64/tar/my-os-arm64.tar')).toContain('init 2');
  });

  it('builds one platform alone', async () => {
    workspace.remove('dist');
    await workspace.succeed('build', 'my-os-arm64');
    expect(workspace.exists('dist/apps/my-os/tar')).toBe(false);
    expect(workspace.exists('dist/apps/my-os/arm64/tar')).toBe(true);
  });
});
