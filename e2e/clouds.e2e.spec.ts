import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pushTo, randomImage, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import Ajv from 'ajv';
import { disk } from '../packages/clouds/src/__tests__/a-push.js';
import { FakeAws } from '../packages/clouds/src/__tests__/fake-aws.js';
import { FakeOpenstack } from '../packages/clouds/src/__tests__/fake-openstack.js';
import { bzImage } from '../packages/stages/src/format/__tests__/boot-images.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

const PROGRAM = join(__dirname, '../packages/command/bin/nx-linuxkit.cjs');
const SCHEMA = JSON.parse(readFileSync(join(__dirname, '../packages/clouds/result.schema.json'), 'utf8'));
const isResult = new Ajv().compile(SCHEMA);

describe('nx push-os --to=<cloud>', () => {
  let registry: TestRegistry;
  let cloud: FakeOpenstack;
  let workspace: Workspace;

  beforeAll(async () => {
    registry = await startRegistry();
    cloud = await FakeOpenstack.start();
    const image = async (name: string, files: Readonly<Record<string, Buffer>>) => {
      const entries = Object.entries(files).map(([path, body]) => ({ name: path, body }));
      await pushTo(registry, await randomImage(1, { layers: [{ entries }] }), `${name}:1`);
    };
    await image('kernel', { kernel: bzImage() });
    await image('init', { init: Buffer.from('init') });
    await image('syslinux', {
      syslinux: readFileSync('/usr/bin/syslinux'),
      'altmbr.bin': readFileSync('/usr/lib/SYSLINUX/altmbr.bin'),
    });
    workspace = await Workspace.create({
      plugin: { loaders: { syslinux: `${registry.host}/syslinux:1` }, sbom: false },
      files: {
        'apps/my-os/linuxkit.yml':
          `kernel: {image: '${registry.host}/kernel:1', tar: none, cmdline: quiet}\n` +
          `init: ['${registry.host}/init:1']\noutputs: [{format: raw-bios}]\n`,
      },
    });
    await workspace.succeed('lock', 'my-os');
  });
  afterAll(async () => {
    await workspace?.stop();
    await cloud?.fake.close();
    await registry?.stop();
  });

  const push = (...args: string[]) =>
    workspace.nxWith({ env: { ...IN_PROCESS, ...cloud.env } }, 'push-os', 'my-os', ...args);
  const result = () => JSON.parse(workspace.read('dist/apps/my-os/push/openstack.json'));

  it('makes the format, uploads it once, and writes a result by the schema', async () => {
    const first = await push('--to=openstack');
    expect([first.code, first.output]).toEqual([
      0,
      expect.stringMatching(/openstack: made my-os-[0-9a-f]{12}: image-1/),
    ]);
    expect([isResult(result()), isResult.errors]).toEqual([true, null]);
    expect(result()).toMatchObject({ format: 'raw-bios', architecture: 'amd64', existed: false });
    const file = workspace.bytes('dist/apps/my-os/raw-bios/my-os-bios.img');
    expect(cloud.contents.get(result().image.id)!.equals(file)).toBe(true);

    const second = await push('--to=openstack');
    expect([second.code, second.output]).toEqual([0, expect.stringContaining('is there already: image-1')]);
    expect(result().existed).toBe(true);
  });

  it('makes a format that the YAML does not declare; says what it would do; removes what it made', async () => {
    const dry = await push('--to=openstack', '--format=qcow2-bios', '--dryRun');
    expect(dry.output).toContain('dry run');
    expect(cloud.images.size).toBe(1);
    const made = await push(
      '--to=openstack',
      '--format=qcow2-bios',
      '--keepLast=1',
      '--with.visibility=shared',
    );
    expect([made.code, made.output]).toEqual([0, expect.stringContaining('removed my-os-')]);
    expect([...cloud.images.values()]).toEqual([
      expect.objectContaining({ visibility: 'shared', disk_format: 'qcow2' }),
    ]);
    expect((await push('--to=openstack', '--unpush')).code).toBe(0);
    expect(cloud.images.size).toBe(0);
  });

  it('nx boot --on pushes, runs an instance with user data, shows its console and removes it', async () => {
    cloud.instances.ends = 1;
    const boot = await workspace.nxWith(
      { env: { ...IN_PROCESS, ...cloud.env } },
      ...['boot', 'my-os', '--on=openstack', '--with.machine-type=small', '--data=the user data'],
    );
    expect([boot.code, boot.output]).toEqual([0, expect.stringContaining('guest: line 1')]);
    expect(boot.output).toContain('removed the instance');
    expect([cloud.instances.all.size, cloud.instances.made]).toEqual([0, 1]);
    expect(cloud.instances.last?.data).toBe('the user data');
    expect((await push('--to=openstack', '--unpush')).code).toBe(0);
  });

  it.each([
    [
      ['--to=openstack', '--format=raw-bios', '--with.visibilty=x'],
      'openstack has no option visibilty, did you mean visibility?',
    ],
    [['--to=openstack', '--keepLast=0'], 'option keepLast: expected a whole number of at least 1, got 0'],
  ])('%j is refused: %s', async (args, message) => {
    const { code, output } = await push(...args);
    expect(code).not.toBe(0);
    expect(output).toContain(message);
    expect(output).not.toMatch(/^ +at /m);
  });
});

/** The notes of all pushes below a folder. They replace each other whole, so each can be read. */
function notes(folder: string): { sent?: number[] }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
}

describe('nx-linuxkit push', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'e2e-clouds-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (env: Readonly<Record<string, string>>, ...args: string[]) =>
    promisify(execFile)(process.execPath, [PROGRAM, ...args], {
      cwd: folder,
      env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache'), ...env },
    });

  it('aws: a process that is killed at any block leaves one snapshot, with which the next one goes on', async () => {
    const aws = await FakeAws.start();
    try {
      const bytes = Buffer.concat([disk('a'), disk('b'), disk('c')]);
      writeFileSync(join(folder, 'killed-efi.img'), bytes);
      const puts = () => aws.fake.seen.filter((line) => line.startsWith('PUT')).length;
      // Sixteen blocks arrive, and are noted on the disk; the others hang.
      const noted = () => notes(join(folder, 'cache')).flatMap(({ sent = [] }) => sent).length;
      aws.fake.fail({ on: /^PUT/, how: 'hang', after: 18 });
      const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache'), ...aws.env };
      const child = spawn(process.execPath, [PROGRAM, 'push', 'aws', '--arch', 'amd64', 'killed'], {
        cwd: folder,
        env,
      });
      while (puts() < 24 || noted() < 16) await new Promise((resolve) => setTimeout(resolve, 20));
      child.kill('SIGKILL');
      await once(child, 'exit');
      aws.fake.heal();
      const before = puts();
      const { stdout } = await run(aws.env, 'push', 'aws', '--arch', 'amd64', 'killed');
      expect(puts() - before).toBe(24 - 16);
      expect([aws.snapshots.size, aws.images.size]).toEqual([1, 1]);
      const made = JSON.parse(stdout);
      expect([isResult(made), made.image.id]).toEqual([true, [...aws.images.keys()][0]]);
      expect(aws.disk(made.image.snapshotId, bytes.length).equals(bytes)).toBe(true);
    } finally {
      await aws.fake.close();
    }
  });

  describe('ssh, to a server of this machine', () => {
    let server: ChildProcess;
    const port = 20_000 + (process.pid % 10_000);
    const device = () => join(folder, 'device');
    const target = () => [
      '--host',
      `${userInfo().username}@there`,
      '--device',
      device(),
      '--config',
      join(folder, 'config'),
    ];

    beforeAll(async () => {
      for (const name of ['host', 'user']) {
        execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
      }
      const lines = (name: string, text: Readonly<Record<string, string>>) =>
        writeFileSync(
          join(folder, name),
          Object.entries(text)
            .map(([key, value]) => `${key} ${value}\n`)
            .join(''),
        );
      lines('sshd', {
        ListenAddress: `127.0.0.1:${port}`,
        HostKey: join(folder, 'host'),
        AuthorizedKeysFile: join(folder, 'user.pub'),
        PidFile: 'none',
        StrictModes: 'no',
        UsePAM: 'no',
        PasswordAuthentication: 'no',
      });
      lines('config', {
        HostName: '127.0.0.1',
        Port: `${port}`,
        IdentityFile: join(folder, 'user'),
        IdentitiesOnly: 'yes',
        UserKnownHostsFile: join(folder, 'known'),
        StrictHostKeyChecking: 'accept-new',
      });
      if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
      server = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(folder, 'sshd')], { stdio: 'ignore' });
      await answering(port);
    });
    afterAll(() => void server?.kill());

    it('writes the disk, checks it by its digest, and sends nothing a second time', async () => {
      const bytes = disk('ssh');
      writeFileSync(join(folder, 'my-os-efi.img'), bytes);
      writeFileSync(device(), randomBytes(16 << 20));
      const first = await run({}, 'push', 'ssh', ...target(), 'my-os');
      expect(readFileSync(device()).subarray(0, bytes.length).equals(bytes)).toBe(true);
      expect(readFileSync(device()).length).toBe(16 << 20);
      expect([isResult(JSON.parse(first.stdout)), isResult.errors]).toEqual([true, null]);
      const second = await run({}, 'push', 'ssh', ...target(), 'my-os');
      expect(JSON.parse(second.stdout)).toEqual({ ...JSON.parse(first.stdout), existed: true });
    });

    it('refuses a disk that is too small, one that is not there, and a host that it cannot log in to', async () => {
      writeFileSync(device(), randomBytes(1 << 20));
      await expect(run({}, 'push', 'ssh', ...target(), 'my-os')).rejects.toMatchObject({
        stderr: expect.stringContaining(`${device()} has 1048576 bytes, the disk ${disk('ssh').length}`),
      });
      rmSync(device());
      await expect(run({}, 'push', 'ssh', ...target(), 'my-os')).rejects.toMatchObject({
        stderr: expect.stringContaining(`cannot look at ${device()}`),
      });
      const nobody = target().map((word) => word.replace(/^.*@/, 'nobody-here@'));
      await expect(run({}, 'push', 'ssh', ...nobody, 'my-os')).rejects.toMatchObject({
        stderr: expect.stringContaining('hint: Try `ssh nobody-here@there true`'),
      });
    });
  });
});

/** Waits until a server answers at a port. */
async function answering(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const answers = await once(socket, 'data').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (answers) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
