import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileEntries } from '@nx-linuxkit/disk';
import { bootTest, mediumOf, type BootMedium } from '@nx-linuxkit/machine';
import { writeCpio } from '@nx-linuxkit/tree';
import { buildSystem, image } from './base-set/system.js';
import { Guest } from './examples/guest.js';
import { inGuest, SHELL_PORT } from './examples/shell.js';

/** A system whose root stays a compressed erofs in its initrd, where Linux mounts it. */
const root = mkdtempSync(join(tmpdir(), 'erofs-root-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const of = (name: string) => image(root, name);
const settings = {
  loaders: { 'rootfs-loader': `@pkg:${relative(root, join(__dirname, '..', 'images', 'rootfs-loader'))}` },
};
const prefixOf = (name: string) => join(root, 'dist', name, 'kernel+initrd', name);
const kernel = { image: of('kernel'), cmdline: 'console=ttyS0 quiet panic=-1' };

describe('services under containerd', () => {
  let guest: Guest;
  beforeAll(async () => {
    const yaml = {
      kernel,
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
    await buildSystem(root, 'services', yaml, settings, { root: 'erofs' });
    guest = await Guest.boot(prefixOf('services'), { publish: ['0:80', SHELL_PORT] });
  }, 300_000);
  afterAll(() => guest?.stop());

  test('start, and nginx answers', async () => {
    const page = await guest.until('page of nginx', async () =>
      (await fetch(`http://127.0.0.1:${guest.port(80)}/`, { signal: AbortSignal.timeout(3000) })).text(),
    );
    expect(page).toContain('Welcome to nginx');
  });

  test('have overlays of their own over the root, which init has made read-only', async () => {
    const mounts = await inGuest(guest, 'cat /proc/1/mounts');
    expect(mounts).toMatch(/^root \/ overlay ro,/m);
    expect(mounts).toMatch(/ \/containers\/services\/nginx\/rootfs overlay rw,/);
  });
});

/** Says what it finds in the root, as the first process, before anything has made the root read-only. */
const INIT = `#!/bin/sh
mount -t proc proc /proc
dmesg -n 1
echo written >/etc/written && echo "wrote $(cat /etc/written)"
echo "over $(cat /etc/over) $(cat /containers/over)"
rm /etc/written /etc/over /containers/over
echo "sum $(cd / && find . -xdev -type f | sort | xargs sha256sum | sha256sum)"
echo "arguments $*"
stty sane
poweroff -f
`;

describe('a root', () => {
  const yaml = {
    kernel: { ...kernel, cmdline: `${kernel.cmdline} word` },
    init: ['init', 'runc'].map(of),
    services: [{ name: 'nginx', image: of('nginx') }],
    files: [{ path: 'init', contents: INIT, mode: '0755' }],
  };
  let console: string;
  beforeAll(async () => {
    await buildSystem(root, 'plain', yaml, settings);
    await buildSystem(root, 'erofs', yaml, settings, { root: 'erofs' });
    const over = fileEntries({ 'etc/over': 'an archive', 'containers/over': 'behind it' });
    for await (const chunk of writeCpio(over.filter(({ path }) => path !== '')))
      appendFileSync(`${prefixOf('erofs')}-initrd.img`, chunk);
    const medium = mediumOf('kernel+initrd', prefixOf('erofs')) as BootMedium;
    const machine = { medium, memory: 512, network: 'none', timeout: 240 } as const;
    const booted = await bootTest({ ...machine, expect: ['arguments'], powerOff: true });
    console = booted.console.replaceAll('\r', '');
  }, 300_000);

  test('takes writes', () => {
    expect(console).toContain('wrote written\n');
  });

  test('has the bytes of each file, as the unpacked one has', () => {
    const out = mkdtempSync(join(root, 'unpacked-'));
    execFileSync('sh', ['-c', 'gzip -dc "$1" | cpio -id --quiet', 'sh', `${prefixOf('plain')}-initrd.img`], {
      cwd: out,
    });
    const sum = execFileSync(
      'sh',
      ['-c', 'find . -xdev -type f | LC_ALL=C sort | xargs sha256sum | sha256sum'],
      { cwd: out, encoding: 'utf8' },
    );
    expect(console).toContain(`\nsum ${sum}`);
  });

  test('has what an archive behind it has brought, as an unpacked one would', () => {
    expect(console).toContain('\nover an archive behind it\n');
  });

  test('starts its init with the words that the kernel gives it', () => {
    expect(console).toContain('\narguments word\n');
  });

  test('lies in one archive that GNU cpio reads, and is what fsck.erofs reads', () => {
    const bytes = readFileSync(`${prefixOf('erofs')}-initrd.img`);
    const names = execFileSync('cpio', ['-it', '--quiet'], { input: bytes, encoding: 'utf8' }).split('\n');
    expect(names).toEqual(expect.arrayContaining(['init', 'bin/busybox', 'modules', 'root.erofs']));
    const out = mkdtempSync(join(root, 'archive-'));
    execFileSync('cpio', ['-id', '--quiet', 'root.erofs'], { input: bytes, cwd: out });
    execFileSync('fsck.erofs', [join(out, 'root.erofs')]);
    expect(bytes.indexOf(readFileSync(join(out, 'root.erofs'))) % 4096).toBe(0);
  });
});
