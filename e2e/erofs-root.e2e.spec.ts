import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { buildSystem, image } from './base-set/system.js';
import { Guest } from './examples/guest.js';
import { inGuest, SHELL_PORT } from './examples/shell.js';

/** A system whose root stays a compressed erofs in its initrd. */
const root = mkdtempSync(join(tmpdir(), 'erofs-root-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const of = (name: string) => image(root, name);

const yaml = {
  kernel: { image: of('kernel'), cmdline: 'console=ttyS0' },
  init: ['init', 'runc', 'containerd'].map(of),
  onboot: [
    {
      name: 'dhcpcd',
      image: of('dhcpcd'),
      command: ['/sbin/dhcpcd', '--nobackground', '-f', '/dhcpcd.conf', '-1'],
    },
  ],
  services: [
    { name: 'nginx', image: of('nginx'), net: 'host', capabilities: ['all'] },
    {
      name: 'zz-shell',
      image: of('getty'),
      command: ['/usr/bin/nc', '-ll', '-p', '2323', '-e', '/bin/sh'],
    },
  ],
};

let guest: Guest;
beforeAll(async () => {
  await buildSystem(root, 'os', yaml, { loaders: { 'rootfs-loader': `@pkg:${relative(root, join(__dirname, '../images/rootfs-loader'))}` } }, { root: 'erofs' });
  guest = await Guest.boot(join(root, 'dist/os/kernel+initrd/os'), { publish: ['0:80', SHELL_PORT] });
}, 300_000);
afterAll(() => guest?.stop());

test('nginx answers from a service of containerd', async () => {
  const page = await guest.until('page of nginx', async () =>
    (await fetch(`http://127.0.0.1:${guest.port(80)}/`, { signal: AbortSignal.timeout(3000) })).text(),
  );
  expect(page).toContain('nginx');
  console.log(statSync(join(root, 'dist/os/kernel+initrd/os-initrd.img')).size, guest.cpuSeconds());
});

test('the root is a compressed erofs', async () => {
  console.log(
    await inGuest(
      guest,
      'cat /proc/mounts; cat /proc/meminfo | head -30; losetup -a; dmesg | tail -50; ls -la /',
    ),
  );
}, 100_000);
