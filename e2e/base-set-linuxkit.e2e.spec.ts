import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootTest } from '@nx-linuxkit/machine';
import { blankDisk, dataCd } from './base-set/disks.js';
import { buildSystem, GUEST_FILES, image, onHost, saidOf, watched } from './base-set/system.js';

/**
 * Runs what LinuxKit's own tests expect of a system, in one boot with disks on SCSI: a disk at /var, encrypted disks,
 * loop devices, tunnels, and packages of LinuxKit's names. At the end the test presses the power button.
 */
const root = mkdtempSync(join(tmpdir(), 'base-set-linuxkit-'));
const of = (name: string) => image(root, name);
const word = (name: string, kind: string, ...command: string[]) => ({ name, image: of(kind), command });
const tunnel = (name: string) => ({
  ...word(name, 'ip', '/usr/bin/lk-wg-config', 'configure', `/etc/wireguard/${name}.conf`),
  net: 'new',
  binds: ['/etc/wireguard:/etc/wireguard'],
  runtime: {
    interfaces: [{ name, add: 'wireguard', createInRoot: true }],
    bindNS: { net: `/run/netns/${name}` },
  },
});
const script = (name: string, text: string, more: object = {}) => ({
  ...word(name, 'ip', 'sh', '-c', text),
  binds: ['/run:/run'],
  ...more,
});

const KEY = 'abcdefghijklmnopqrstuvwxyz123456';
/** The keys of both ends of the tunnel, in base64 as wg(8) has them: the last 32 bytes of the encoded key. */
const KEYS = [0, 1].map(() => {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const raw = (der: Buffer) => der.subarray(-32).toString('base64');
  return {
    secret: raw(privateKey.export({ format: 'der', type: 'pkcs8' })),
    open: raw(publicKey.export({ format: 'der', type: 'spki' })),
  };
});

const YAML = {
  kernel: { image: of('kernel'), cmdline: 'console=ttyS0' },
  init: [of('init'), of('runc'), of('containerd')],
  onboot: [
    script('limits', 'cat /proc/self/limits >/run/limits'),
    // The kernel finds disks of SCSI in any order, so that only labels and contents tell them apart.
    word('extend', 'extend', '/usr/bin/extend'),
    word('extend-again', 'extend', '/usr/bin/extend'),
    word('format', 'format', '/usr/bin/format', '-label', 'var'),
    word('format-btrfs', 'format', '/usr/bin/format', '-type', 'btrfs', '-label', 'b'),
    word('format-xfs', 'format', '/usr/bin/format', '-type', 'xfs', '-label', 'x'),
    word('mount', 'mount', '/usr/bin/mountie', '-label', 'var', '/var'),
    word('mount-btrfs', 'mount', '/usr/bin/mountie', '-label', 'b', '/var/btrfs'),
    word('mount-xfs', 'mount', '/usr/bin/mountie', '-label', 'x', '/var/xfs'),
    word('losetup', 'losetup', '/usr/bin/loopy', '-c', '/var/test.img'),
    word('losetup-plain', 'losetup', '/usr/bin/loopy', '-c', '-d', '/dev/loop1', '/var/plain.img'),
    word('losetup-luks', 'losetup', '/usr/bin/loopy', '-c', '-s', '20', '-d', '/dev/loop2', '/var/luks.img'),
    word('dm-crypt', 'dm-crypt', '/usr/bin/crypto', 'plain', '/dev/loop1'),
    word('dm-crypt-luks', 'dm-crypt', '/usr/bin/crypto', '-l', 'luks', '/dev/loop2'),
    word('mkdir', 'mkdir', 'mkdir', '-p', '/var/lib/docker'),
    // A connection within the machine stands for one of its host.
    word('modprobe', 'modprobe', 'modprobe', 'vsock_loopback'),
    word('metadata', 'metadata', '/usr/bin/metadata', '-v', 'cdrom'),
    tunnel('wg0'),
    tunnel('wg1'),
    script('ping', 'ping -c 1 -w 20 192.168.2.1 | grep -o "1 packets received" >/run/tunnel', {
      net: '/run/netns/wg1',
    }),
    script(
      'firewall',
      'iptables -t nat -A POSTROUTING -o eth9 -j MASQUERADE && iptables -t nat -S | grep eth9 >/run/firewall',
    ),
    word('dummy', 'dummy', '/usr/bin/make', '--version'),
  ],
  services: [
    { name: 'acpid', image: of('acpid') },
    {
      ...word(
        'docker-events',
        'trim-after-delete',
        ...['socat', 'UNIX-LISTEN:/var/run/docker.sock,fork', 'EXEC:sh /etc/probe/docker-events.sh'],
      ),
      binds: ['/var/run:/var/run', '/etc/probe:/etc/probe'],
    },
    { name: 'host-timesync-daemon', image: of('host-timesync-daemon') },
    { name: 'kmsg', image: of('kmsg') },
    { name: 'node_exporter', image: of('node_exporter') },
    {
      name: 'qemu-ga',
      image: of('qemu-ga'),
      binds: ['/dev:/dev'],
      devices: [{ path: 'all', type: 'c' }],
    },
    {
      name: 'report',
      image: of('getty'),
      command: onHost('report-linuxkit.sh'),
      devices: [
        { path: 'all', type: 'b' },
        { path: '/dev/console', type: 'c', major: 5, minor: 1, mode: '0666' },
      ],
    },
    {
      ...word('timesync-client', 'host-timesync-daemon', 'sh', '/etc/probe/timesync-client.sh'),
      binds: ['/etc/probe:/etc/probe', '/run:/run'],
    },
    word(
      'trim-after-delete',
      'trim-after-delete',
      ...['/usr/bin/trim-after-delete', '--delay', '1s', '--', '/sbin/fstrim', '-v', '/var/lib/docker'],
    ),
  ],
  files: [
    ...GUEST_FILES,
    { path: 'etc/dm-crypt/key', contents: KEY },
    { path: 'etc/wireguard/wg0.conf', contents: tunnelEnd(0) },
    { path: 'etc/wireguard/wg1.conf', contents: tunnelEnd(1) },
  ],
};

/** One end of a tunnel between two network namespaces of the guest. */
function tunnelEnd(end: 0 | 1): string {
  return `[Interface]
Address = 192.168.2.${end + 1}/24
DNS = 192.168.2.9
PrivateKey = ${KEYS[end].secret}
ListenPort = ${51820 + end}
[Peer]
PublicKey = ${KEYS[1 - end].open}
AllowedIPs = 0.0.0.0/0
Endpoint = 127.0.0.1:${51821 - end}
`;
}

let text: string;
const answers: Record<string, string> = {};
const said = (name: string) => saidOf(text, name);

/** Bytes before the first partition of a disk. */
const FIRST_PARTITION = 1 << 20;

/** A disk of 64 MiB with ext4 in a partition of half of it. */
function halfFullDisk(path: string): string {
  blankDisk(path, 64);
  execFileSync('sfdisk', ['-q', path], { input: ',32M\n' });
  execFileSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-E', `offset=${FIRST_PARTITION}`, path, '32M'], {
    stdio: 'pipe',
  });
  return path;
}

/** Bytes of the ext4 file system in the first partition, from its superblock. */
function sizeOfExt4(path: string): number {
  const superblock = readFileSync(path).subarray(FIRST_PARTITION + 1024);
  return superblock.readUInt32LE(4) * (1024 << superblock.readUInt32LE(24));
}

/**
 * Sends lines of JSON to a socket of QEMU or of the guest's agent, and returns all that comes up to the last answer. QEMU may
 * end right after it, so that the socket is left as it is.
 */
function ask(path: string, ...requests: object[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let all = '';
    const socket = connect(path, () =>
      socket.write(requests.map((request) => `${JSON.stringify(request)}\n`).join('')),
    );
    socket.on('data', (bytes) => {
      all += bytes.toString();
      if ((all.match(/"(return|error)":.*\n/g) ?? []).length < requests.length) return;
      resolve(all);
      socket.end();
    });
    socket.on('error', reject).on('close', () => resolve(all));
  });
}

beforeAll(async () => {
  const medium = await buildSystem(root, 'os', YAML);
  const [agent, monitor] = ['agent', 'monitor'].map((name) => join(root, name));
  const act = async () => {
    answers.agent = await ask(agent, { execute: 'guest-get-host-name' });
    answers.monitor = await ask(monitor, { execute: 'qmp_capabilities' }, { execute: 'system_powerdown' });
  };
  let acted: Promise<void> | undefined;
  ({ console: text } = await bootTest({
    medium,
    network: 'none',
    diskBus: 'scsi',
    disks: [
      ...['a.img', 'b.img', 'c.img'].map((name) => blankDisk(join(root, name), 320)),
      halfFullDisk(join(root, 'd.img')),
      dataCd(join(root, 'e.iso'), 'cidata', { 'meta-data': 'instance-id: i-1\n', 'user-data': 'hello\n' }),
    ],
    args: [
      ...['-qmp', `unix:${monitor},server=on,wait=off`],
      ...['-device', 'virtio-serial-pci', '-chardev', `socket,id=agent,path=${agent},server=on,wait=off`],
      ...['-device', 'virtserialport,nr=1,chardev=agent,name=org.qemu.guest_agent.0'],
    ],
    powerOff: true,
    timeout: 900,
    onLine(line) {
      watched.onLine?.(line);
      if (line.includes('probe outside: ready')) acted ??= act();
    },
  }));
  await acted;
}, 1_200_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a disk at /var before the services: it has what services expect, and the logs of onboot', () => {
  expect(said('mount /var')).toEqual(['ext4']);
  expect(said('var')).toEqual(['empty:555 tmp:1777 log:755 lib:755 /run']);
  expect(said('onboot-logs')).toEqual([`/run/log/onboot ${YAML.onboot.length}`]);
  expect(Number(said('containerd-log')[0])).toBeGreaterThan(0);
});

test('btrfs and xfs are mounted with the modules of the small kernel', () => {
  expect(said('mount /var/btrfs')).toEqual(['btrfs']);
  expect(said('mount /var/xfs')).toEqual(['xfs']);
});

test('processes are not limited, and /etc/ssl/certs is there without certificates', () => {
  expect(said('processes')).toEqual(['unlimited unlimited']);
  expect(said('certs')).toEqual(['directory']);
});

test('device nodes of modules that load when they are opened', () => {
  expect(said('nodes')).toEqual(['mapper/control loop-control loop7 fuse net/tun btrfs-control']);
});

test('losetup makes a file a device', () => {
  expect(said('loop')).toEqual(['/var/test.img']);
});

test('dm-crypt opens a device by a key, and one with a LUKS header', () => {
  expect(said('crypt plain')).toEqual(['ext4']);
  expect(said('crypt luks')).toEqual(['ext4']);
  // Nothing of the file systems shows below, where one of the two has a header.
  expect(said('below plain')).toEqual(['0 0']);
  expect(said('below luks')).toEqual(['1 0']);
});

test('extend grows partition and file system to the end of the disk, once', () => {
  expect(text).toMatch(/extend: ext4 on (\/dev\/sd\w)1 reaches the end of \1$/m);
  expect(text).toMatch(/extend: \/dev\/sd\w has no free space behind its partition/);
  expect(sizeOfExt4(join(root, 'd.img'))).toBe((64 << 20) - FIRST_PARTITION);
});

test('metadata: -v is no provider', () => {
  expect(said('provider')[0]).toMatch(/^CDROM \/dev\/sd\w$/);
});

test('ip: a tunnel between two network namespaces, and a rule of iptables', () => {
  expect(said('tunnel')).toEqual(['1 packets received']);
  expect(said('firewall')).toEqual(['-A POSTROUTING -o eth9 -j MASQUERADE']);
});

test('dummy, kmsg, node_exporter, qemu-ga do their job', () => {
  expect(text).toContain('GNU Make');
  expect(said('kmsg')[0]).toMatch(/^\(\d+\) - \d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}Z: SCSI subsystem initialized$/);
  expect(Number(said('metrics')[0])).toBeGreaterThan(8);
  expect(answers.agent).toMatch(/"host-name":/);
});

test('trim-after-delete trims once an image is deleted', () => {
  expect(said('trim')[0]).toMatch(/^\/var\/lib\/docker: \d{7,} bytes trimmed$/);
});

test('host-timesync-daemon sets the clock when it is asked to', () => {
  const [behind, after] = said('timesync')[0].split(' ').map(Number);
  expect(behind).toBeGreaterThanOrEqual(3500);
  expect(Math.abs(after)).toBeLessThan(60);
});

test('acpid: the power button ends the system cleanly', () => {
  expect(answers.monitor).toContain('"return"');
  expect(text).toContain('reboot: Power down');
});
