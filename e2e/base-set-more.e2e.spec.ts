import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootTest, type KernelMedium } from '@nx-linuxkit/machine';
import { blankDisk, metadataCd } from './base-set/disks.js';
import { buildSystem, GUEST_FILES, image, onHost, saidOf, watched } from './base-set/system.js';
import { AHEAD, ASKS_FROM, startTimeServer, TIME_SERVER } from './base-set/time-server.js';
import { startTpm } from './base-set/tpm.js';
import { armProgram } from './base-set/arm-program.js';

/**
 * Runs in one boot what people add to LinuxKit's packages first, and packages that need hardware; the disk that mkimage
 * makes in it is booted then.
 */
const root = mkdtempSync(join(tmpdir(), 'base-set-more-'));
const of = (name: string) => image(root, name);
const probe = (...binds: string[]) => ({ binds: ['/etc/probe:/etc/probe', ...binds] });
const service = (name: string, more: object = {}) => ({ name, image: of(name), ...more });

const PRIVATE = generateKeyPairSync('x25519')
  .privateKey.export({ format: 'der', type: 'pkcs8' })
  .subarray(-32)
  .toString('base64');
const TUNNEL = `[Interface]\nAddress = 192.168.9.1/24\nPrivateKey = ${PRIVATE}\nListenPort = 51820\n`;
const USER_DATA = { wireguard: { entries: { 'wg0.conf': { perm: '0600', content: TUNNEL } } } };

const YAML = {
  kernel: { image: of('kernel'), cmdline: 'console=ttyS0 quiet' },
  init: [of('init'), of('runc'), of('containerd')],
  onboot: [
    { name: 'mkimage', image: of('mkimage') },
    {
      name: 'address',
      image: of('ip'),
      command: ['sh', '-c', `/bin/ip addr add ${ASKS_FROM} dev eth0 && /bin/ip link set eth0 up`],
      net: 'host',
    },
    { name: 'metadata', image: of('metadata'), command: ['/usr/bin/metadata', 'cdrom'] },
    {
      name: 'wireguard',
      image: of('ip'),
      command: ['/usr/bin/lk-wg-metadata'],
      net: 'host',
      binds: ['/run/config:/run/config'],
    },
    { name: 'nftables', image: of('nftables') },
    { name: 'binfmt-qemu', image: of('binfmt-qemu') },
    // QEMU is no VMware, where the service would stay.
    {
      name: 'open-vm-tools',
      image: of('open-vm-tools'),
      command: ['sh', '-c', 'vmware-toolbox-cmd -v; echo vmware-toolbox-cmd: $?'],
    },
  ],
  services: [
    service('auditd', { 'binds.add': ['/etc/probe/audit.rules:/etc/audit/audit.rules'] }),
    service('chrony', { 'binds.add': ['/etc/probe/chrony.conf:/etc/chrony/chrony.conf'] }),
    service('debug', {
      command: ['bash', '/etc/probe/debug.sh'],
      capabilities: ['CAP_NET_RAW', 'CAP_SYS_PTRACE'],
      net: 'host',
      ...probe(),
    }),
    { name: 'report', image: of('getty'), command: onHost('report-more.sh') },
    { name: 'rules', image: of('nftables'), command: ['/usr/sbin/nft', 'monitor'] },
    service('tss'),
  ],
  files: [
    ...GUEST_FILES,
    { path: 'etc/probe/foreign', contents: armProgram('from another machine').toString('base64') },
    { path: 'etc/probe/audit.rules', contents: '-D\n-a always,exit -F arch=b64 -S mkdir -k probe\n' },
    {
      path: 'etc/probe/chrony.conf',
      contents: `server ${TIME_SERVER} iburst\nmakestep 1 3\nuser _chrony\n`,
      mode: '0644',
    },
    {
      path: 'etc/nftables.conf',
      contents:
        'table inet probe {\n  chain in {\n    type filter hook input priority 0\n    tcp dport 9 drop\n  }\n}\n',
    },
  ],
};

/** What mkimage puts on a disk. */
const SMALL = {
  kernel: { image: of('kernel'), cmdline: 'console=ttyS0 from.mkimage' },
  init: [of('init'), of('runc')],
  onboot: [{ name: 'poweroff', image: of('poweroff'), command: ['/poweroff.sh', '1'] }],
};

let text: string;
let fromDisk: string;
const said = (name: string) => saidOf(text, name);

/** A disk whose bytes are a tar of kernel, initrd and command line, under the names of a build. */
function tarDisk({ kernel, initrd = '', cmdline = '' }: KernelMedium): string {
  const folder = join(root, 'tar');
  mkdirSync(folder);
  copyFileSync(kernel, join(folder, 'small-kernel'));
  copyFileSync(initrd, join(folder, 'small-initrd.img'));
  writeFileSync(join(folder, 'small-cmdline'), cmdline);
  const disk = join(root, 'tar.img');
  execFileSync('tar', ['-C', folder, '-cf', disk, 'small-kernel', 'small-initrd.img', 'small-cmdline']);
  return disk;
}

beforeAll(async () => {
  const small = await buildSystem(root, 'small', SMALL);
  const medium = await buildSystem(root, 'os', YAML);
  const time = await startTimeServer();
  const tpm = await startTpm(join(root, 'tpm'));
  const made = blankDisk(join(root, 'made.img'), 200);
  const told = { name: 'guest', text: JSON.stringify(USER_DATA) };
  const cd = await metadataCd(join(root, 'cd.iso'), 'cidata', told);
  try {
    ({ console: text } = await bootTest({
      medium,
      memory: 1536,
      network: 'none',
      disks: [made, tarDisk(small), cd],
      args: [...time.args, ...tpm.args],
      powerOff: true,
      timeout: 900,
      ...watched,
    }));
  } finally {
    time.stop();
    await tpm.stop();
  }
  ({ console: fromDisk } = await bootTest({
    medium: { kind: 'disk', path: made, format: 'raw', firmware: 'bios' },
    network: 'none',
    powerOff: true,
    timeout: 600,
    ...watched,
  }));
}, 1_800_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a program of arm64 runs on amd64, by an emulator that its file system does not have', () => {
  expect(said('foreign')).toEqual(['from another machine']);
  expect(said('emulators')).toEqual(['qemu-aarch64 qemu-arm qemu-ppc64le qemu-riscv64 qemu-s390x']);
});

test('chrony sets the clock by its server', () => {
  expect(Math.abs(Number(said('ahead')[0]) - AHEAD)).toBeLessThan(60);
  expect(said('chronyc')).toEqual(['1']);
});

test('nftables loads the rules of /etc/nftables.conf', () => {
  expect(said('nftables')).toEqual(['1']);
});

test('a WireGuard interface comes with the metadata of the machine', () => {
  expect(said('wireguard')).toEqual(['192.168.9.1/24']);
});

test('debug has the tools of somebody who looks at a system', () => {
  expect(said('debug')[0]).toMatch(
    /^curl 7\.[^|]*\|strace: exited with 0\|jq: 2\|tcpdump: lo\|lsof: 1\|certificates: 1\d\d\|$/,
  );
});

test('auditd writes what its rules ask for', () => {
  expect(Number(said('audit')[0])).toBeGreaterThan(0);
});

test('tss talks to a TPM 1.2', () => {
  expect(said('tpm')).toEqual(['TPM 1.2 Version Info']);
});

test('open-vm-tools: its programs find their libraries, and that this is no VMware', () => {
  expect(text).toMatch(/vmware-toolbox-cmd must be run inside a virtual machine/);
  expect(text).toMatch(/^vmware-toolbox-cmd: 1\r?$/m);
});

test('no container of onboot failed', () => {
  expect(text.match(/^onboot: .*failed.*/gm)).toBeNull();
});

test('a disk that mkimage has made boots', () => {
  expect(fromDisk).toMatch(/Kernel command line: .*from\.mkimage/);
  expect(fromDisk).toContain('reboot: Power down');
});
