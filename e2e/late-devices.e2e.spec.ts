import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@nx-linuxkit/testing';
import { blankDisk } from './base-set/disks.js';
import { buildSystem, GUEST_FILES, image, onHost, saidOf } from './base-set/system.js';
import { Guest } from './examples/guest.js';
import { Monitor } from './network/monitor.js';

/** A disk and a cloud's metadata that come by themselves, after the container that wants them has started. */
const root = mkdtempSync(join(tmpdir(), 'late-devices-'));
const of = (name: string) => image(root, name);
const word = (name: string, ...command: string[]) => ({ name, image: of(name), command });
const host = (name: string, script: string) => ({
  ...word('getty', ...onHost(script)),
  name,
  binds: ['/etc/probe:/etc/probe'],
});
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const YAML = {
  kernel: { image: of('kernel'), cmdline: 'console=ttyS0 quiet linuxkit.runc_console=1' },
  init: [of('init'), of('runc'), of('ca-certificates')],
  onboot: [
    // Nothing loads it later: the machine has no such disk while init looks for drivers.
    word('modprobe', 'modprobe', 'virtio_blk'),
    word('dhcpcd', '/sbin/dhcpcd', '--nobackground', '-f', '/dhcpcd.conf', '-1'),
    host('begin', 'begin.sh'),
    word('format', '/usr/bin/format', '-label', 'late'),
    word('mount', '/usr/bin/mountie', '-label', 'late', '/var/late'),
    { ...word('metadata', '/usr/bin/metadata'), uts: 'host' },
    host('report', 'report-late.sh'),
  ],
  files: [...GUEST_FILES, { path: 'etc/probe/begin.sh', contents: 'echo probe begin: now\n' }],
};

let guest: Guest;
const said = (name: string) => saidOf(guest.console.replaceAll('\r', ''), name);

beforeAll(async () => {
  await buildSystem(root, 'os', YAML);
  const monitor = await Monitor.in(root);
  const service = createServer(({ headers, url }, response) => {
    const asked = headers['metadata-flavor'] === 'Google' && url === '/computeMetadata/v1/instance/hostname';
    response.writeHead(asked ? 200 : 404, { connection: 'close' }).end(asked ? 'late-host' : '');
  });
  const port = await freePort();
  const pipe = `bash '${join(__dirname, 'base-set/pipe.sh').replaceAll(',', ',,')}' ${port}`;
  guest = await Guest.boot(join(root, 'dist/os/kernel+initrd/os'), {
    network: 'none',
    args: [
      ...['-netdev', `user,id=net0,net=169.254.169.0/24,guestfwd=tcp:169.254.169.254:80-cmd:${pipe}`],
      ...['-device', 'virtio-net-pci,netdev=net0,romfile=', '-smbios', 'type=1,manufacturer=Google'],
      ...monitor.args,
    ],
  });
  try {
    await monitor.start();
    await guest.says(/probe begin: now/);
    await pause(1000);
    await monitor.plugInDisk(blankDisk(join(root, 'late.img'), 64));
    await guest.says(/mountie: .* at \/var\/late/);
    await pause(3000);
    service.listen(port, '127.0.0.1');
    await guest.says(/probe onboot: over/);
  } finally {
    service.close();
  }
}, 600_000);
afterAll(async () => {
  await guest?.stop();
  rmSync(root, { recursive: true, force: true });
});

test('format waits for the first disk of a machine that has none yet, and mount finds it', () => {
  expect(guest.console).toContain('format: ext4 on /dev/vda');
  expect(said('mounted')).toEqual(['/dev/vda1 ext4']);
});

test('metadata asks again, on a machine that its firmware calls one of a cloud', () => {
  expect(guest.console).toContain('metadata: GCP');
});
