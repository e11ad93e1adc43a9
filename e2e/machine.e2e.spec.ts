import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootTest, type BootMedium } from '@nx-linuxkit/machine';
import { debianImages } from '@nx-linuxkit/testing';

/** Boots the smallest system, one image's init. GNU tools assemble it, so that only the machine is under test. */
const KERNEL_CMDLINE = 'console=ttyS0 panic=1';

let folder: string;
let medium: BootMedium & { kind: 'kernel' };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-e2e-machine-'));
  const { layout } = await debianImages();
  unpack(layout, 'kernel', join(folder, 'kernel'));
  unpack(layout, 'init', join(folder, 'root'));
  execFileSync('tar', ['-xf', join(folder, 'kernel/kernel.tar'), '-C', join(folder, 'root')]);
  mkdirSync(join(folder, 'root/etc/init.d'), { recursive: true });
  medium = {
    kind: 'kernel',
    kernel: join(folder, 'kernel/kernel'),
    initrd: initrd(join(folder, 'root')),
    cmdline: KERNEL_CMDLINE,
  };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function unpack(layout: string, name: string, target: string): void {
  const read = (digest: string) => readFileSync(join(layout, 'blobs', digest.replace(':', '/')), 'utf8');
  const { manifests } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
  const isNamed = (one: { annotations: object }) => Object.values(one.annotations).includes(name);
  mkdirSync(target, { recursive: true });
  for (const { digest } of JSON.parse(read(manifests.find(isNamed).digest)).layers) {
    execFileSync('tar', ['-xzf', join(layout, 'blobs', digest.replace(':', '/')), '-C', target]);
  }
}

function initrd(root: string): string {
  const path = `${root}.img`;
  execFileSync('sh', ['-c', `find . | LC_ALL=C sort | cpio -o -H newc --quiet | gzip -1 >"$0"`, path], {
    cwd: root,
  });
  return path;
}

test('a guest boots, mounts an extra disk, and powers off', async () => {
  const consoleLog = join(folder, 'console.log');
  const { timings } = await bootTest({
    medium: { ...medium, cmdline: `${KERNEL_CMDLINE} test.poweroff` },
    memory: 512,
    disks: ['size=64M'],
    state: join(folder, 'state'),
    expect: ['Linux version', /virtio_blk.* \[vda\]/, 'test init: complete'],
    powerOff: true,
    consoleLog,
  });
  expect(timings.map(({ what }) => what)).toContain('power-off');
  expect(readFileSync(consoleLog, 'utf8')).not.toContain('\r');
  expect(existsSync(join(folder, 'state/disk0.img'))).toBe(true);
});

test('UEFI starts the kernel too, with variables of its own', async () => {
  const state = join(folder, 'uefi');
  await bootTest({
    medium: { ...medium, firmware: 'uefi' },
    memory: 768,
    state,
    expect: ['EFI v', 'test init: complete'],
  });
  expect(existsSync(join(state, 'uefi-vars.fd'))).toBe(true);
});

test('an initramfs that does not fit fails, although the kernel boots on', async () => {
  const root = join(folder, 'large');
  cpSync(join(folder, 'root'), root, { recursive: true, verbatimSymlinks: true });
  writeFileSync(join(root, 'zeros'), Buffer.alloc(200 * 1024 ** 2));
  const failed = bootTest({
    medium: { ...medium, initrd: initrd(root) },
    memory: 256,
    expect: ['test init: complete'],
  });
  await expect(failed).rejects.toMatchObject({
    code: 'boot-failed',
    message: expect.stringMatching(/Initramfs unpacking failed(.|\n)*last console lines/),
  });
});

describe.each(['SIGINT', 'SIGTERM', 'SIGKILL', 'return'] as const)('when our process ends by %s', (how) => {
  test('no QEMU is left behind', async () => {
    const machine = JSON.stringify(require.resolve('../packages/machine/dist/index.js'));
    const script = `
      require(${machine}).boot({ medium: ${JSON.stringify(medium)} }).then(({ pid, output }) => {
        output.once('data', () => { console.log(pid); if (${how === 'return'}) process.exit(0); });
      });`;
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => parent.once('exit', resolve));
    const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
    expect(isRunning(pid) || how === 'return').toBe(true);
    if (how !== 'return') parent.kill(how);
    await ended;
    await expect(gone(pid)).resolves.toBe(true);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 50 && isRunning(pid); tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  return !isRunning(pid);
}
