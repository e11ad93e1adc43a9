import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { bootTest, mediumOf, type BootMedium } from '@nx-linuxkit/machine';
import { exampleWorkspace } from './examples/example-workspace.js';
import { Guest } from './examples/guest.js';
import { inGuest, powerOff, SHELL_PORT, withShell } from './examples/shell.js';
import type { Workspace } from './workspace/workspace.js';

const run = promisify(execFile);
const SSH_PORT = 22;
const REDIS_PORT = 6379;

let workspace: Workspace;
let key: string;

beforeAll(async () => {
  workspace = await exampleWorkspace(['minimal', 'redis-os', 'ssh'], {
    files: { 'apps/observed/linuxkit.yml': withShell('redis-os') },
  });
  key = workspace.path('../home/.ssh/id_ed25519');
  mkdirSync(workspace.path('../home/.ssh'));
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  await workspace.succeed('run-many', '-t', 'build');
}, 900_000);
afterAll(() => workspace?.stop());

test('minimal: its container prints a line, and the machine powers off', async () => {
  await bootTest({
    medium: mediumOf(
      'kernel+initrd',
      workspace.path('dist/examples/minimal/kernel+initrd/minimal'),
    ) as BootMedium,
    expect: ['hello from a container', 'Power down'],
    powerOff: true,
  });
});

describe('redis-os', () => {
  const boot = () =>
    Guest.boot(workspace.path('dist/apps/observed/kernel+initrd/observed'), {
      publish: [`0:${REDIS_PORT}`, SHELL_PORT],
      disks: ['size=256M'],
      state: workspace.path('../redis'),
    });

  test('a key is still there after a clean shutdown and a second boot', async () => {
    const first = await boot();
    try {
      expect(await first.say(REDIS_PORT, 'SET answer 42\r\n', /\r\n/)).toBe('+OK\r\n');
      expect(first.console).toMatch(/format: ext4 on \/dev\/vda/);
      expect(await inGuest(first, 'grep " /var/lib/redis " /proc/1/mounts')).toMatch(/^\/dev\/vda1 .* ext4 /);
      await powerOff(first);
    } finally {
      await first.stop();
    }
    const second = await boot();
    try {
      expect(await second.say(REDIS_PORT, 'GET answer\r\n', /\r\n.*\r\n|-1\r\n/)).toBe('$2\r\n42\r\n');
      expect(second.console).toMatch(/format: a file system labelled redis is there already/);
      expect(await inGuest(second, 'dmesg')).not.toMatch(/EXT4-fs .*(recovery|error)/);
      await powerOff(second);
    } finally {
      await second.stop();
    }
  }, 900_000);
});

describe('ssh', () => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await Guest.boot(workspace.path('dist/examples/ssh/kernel+initrd/ssh'), {
      publish: [`0:${SSH_PORT}`],
    });
  });
  afterAll(() => guest?.stop());

  const ssh = async (identity: string, command: string) => {
    const options = [
      'BatchMode=yes',
      'ConnectTimeout=10',
      'StrictHostKeyChecking=no',
      'UserKnownHostsFile=/dev/null',
      'IdentitiesOnly=yes',
    ];
    const args = [
      '-F',
      'none',
      '-i',
      identity,
      '-p',
      `${guest.port(SSH_PORT)}`,
      ...options.flatMap((one) => ['-o', one]),
    ];
    const { stdout } = await run('ssh', [...args, 'root@127.0.0.1', command], { timeout: 90_000 });
    return stdout;
  };

  test('a login with the key runs commands on the system', async () => {
    const said = await guest.until('login', () =>
      ssh(key, 'echo "I am $(id -un)"; cat /hostroot/etc/issue; ctr -n services.linuxkit task ls'),
    );
    expect(said).toContain('I am root\n');
    expect(said).toMatch(/^sshd +\d+ +RUNNING$/m);
  });

  test('a login with another key is refused', async () => {
    const other = workspace.path('../other');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', other]);
    await expect(ssh(other, 'true')).rejects.toMatchObject({
      stderr: expect.stringContaining('Permission denied (publickey'),
    });
  });

  test('an administrator switches it off', async () => {
    const off = guest.poweredOff();
    await ssh(key, 'poweroff').catch(() => undefined);
    await off;
  });
});
