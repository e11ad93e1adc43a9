import { copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readContent } from '@nx-linuxkit/tree';
import { buildSystem, image } from './base-set/system.js';
import { gzipCpio, rootEntries } from './disk-boot/initrd.js';
import { testKernel } from './disk-boot/kernel.js';
import { Guest } from './examples/guest.js';
import { inGuest, SHELL_PORT } from './examples/shell.js';

/**
 * What a system costs that runs its services by containerd, out of containerd's store, by runc alone and by crun: size, CPU time from power-on to
 * the first page of nginx, and memory. Time is divided by what the same kernel takes to an /init that is alone in its
 * initrd, in the same run, so that the numbers mean the same on every host.
 */
const root = mkdtempSync(join(tmpdir(), 'service-runtimes-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const of = (name: string) => image(root, name);

const RUNTIMES = {
  containerd: ['init', 'runc', 'containerd'],
  /** The same with the images of the services in containerd's store. */
  store: ['init', 'runc', 'containerd'],
  runc: ['init', 'runc'],
  crun: ['init', 'crun'],
} as const;
type Runtime = keyof typeof RUNTIMES;
const NAMES = Object.keys(RUNTIMES) as Runtime[];
/** The largest initrd of a system without containerd. */
const LARGEST_BYTES = 21e6;

/** The services of examples/my-os. */
const yaml = (runtime: Runtime, more: readonly object[] = []) => ({
  ...(runtime === 'store' && { imageStore: 'containerd' }),
  kernel: { image: of('kernel'), cmdline: 'console=ttyS0' },
  init: [...RUNTIMES[runtime], 'ca-certificates'].map(of),
  onboot: [
    { name: 'sysctl', image: of('sysctl') },
    { name: 'binfmt', image: of('binfmt') },
    {
      name: 'dhcpcd',
      image: of('dhcpcd'),
      command: ['/sbin/dhcpcd', '--nobackground', '-f', '/dhcpcd.conf', '-1'],
    },
  ],
  services: [
    { name: 'rngd', image: of('rngd') },
    {
      name: 'nginx',
      image: of('nginx'),
      net: 'host',
      capabilities: ['NET_BIND_SERVICE', 'CHOWN', 'SETUID', 'SETGID', 'DAC_OVERRIDE'].map(
        (name) => `CAP_${name}`,
      ),
    },
    ...more,
  ],
});

const SHELL = {
  name: 'zz-shell', // the last to start, so that it delays no other
  image: of('getty'),
  command: ['/usr/bin/nc', '-ll', '-p', '2323', '-e', '/bin/sh'],
};

interface Cost {
  readonly bytes: number;
  /** CPU seconds from power-on to the first page. */
  readonly seconds: number;
  /** Megabytes in use then, the initrd included. */
  readonly memory: number;
}
const costs = {} as Record<Runtime, Cost>;
let alone: number;

beforeAll(async () => {
  for (const name of NAMES) {
    await buildSystem(root, name, yaml(name));
    const { size: bytes } = statSync(`${prefixOf(name)}-initrd.img`);
    await buildSystem(root, `observed-${name}`, yaml(name, [SHELL]));
    const guest = await Guest.boot(prefixOf(`observed-${name}`), { publish: ['0:80', SHELL_PORT] });
    await guest.until('page of nginx', async () =>
      (await fetch(`http://127.0.0.1:${guest.port(80)}/`, { signal: AbortSignal.timeout(3000) })).text(),
    );
    const seconds = guest.cpuSeconds();
    costs[name] = { bytes, seconds, memory: await memoryOf(guest) };
    await guest.stop();
  }
  alone = await secondsToInit();
  const rows = NAMES.map((name) => [
    name,
    `${(costs[name].bytes / 1e6).toFixed(1)} MB`,
    `${(costs[name].seconds / alone).toFixed(2)} x`,
    `${costs[name].memory} MB in use`,
  ]);
  process.stderr.write(
    `/init alone ${alone.toFixed(2)} CPU s; ${rows.map((row) => row.join(' ')).join('; ')}\n`,
  );
}, 1_200_000);

const prefixOf = (name: string) => join(root, 'dist', name, 'kernel+initrd', name);

async function memoryOf(guest: Guest): Promise<number> {
  const text = await inGuest(guest, 'cat /proc/meminfo');
  const kilobytes = (key: string) => Number(new RegExp(`^${key}: +(\\d+) kB`, 'm').exec(text)?.[1]);
  return Math.round((kilobytes('MemTotal') - kilobytes('MemAvailable')) / 1024);
}

/** CPU seconds from power-on to an /init that is alone in its initrd. */
async function secondsToInit(): Promise<number> {
  const prefix = join(root, 'alone');
  copyFileSync(`${prefixOf('runc')}-kernel`, `${prefix}-kernel`);
  copyFileSync(`${prefixOf('runc')}-cmdline`, `${prefix}-cmdline`);
  const initrd = await gzipCpio(
    rootEntries(testKernel(), '#!/bin/busybox sh\necho alone\n/bin/busybox sleep 1000\n'),
  );
  const chunks: Uint8Array[] = [];
  for await (const chunk of readContent(initrd)) chunks.push(chunk);
  writeFileSync(`${prefix}-initrd.img`, Buffer.concat(chunks));
  const guest = await Guest.boot(prefix, {});
  await guest.says(/^alone/m);
  const seconds = guest.cpuSeconds();
  await guest.stop();
  return seconds;
}

test('without containerd an initrd is at most 21 MB', () => {
  for (const name of ['runc', 'crun'] as const) expect(costs[name].bytes).toBeLessThan(LARGEST_BYTES);
});

test('the first page comes earlier without containerd, and earlier still with crun', () => {
  // Seen: 0.72 and 0.60.
  expect(costs.runc.seconds / costs.containerd.seconds).toBeLessThan(0.8);
  expect(costs.crun.seconds / costs.containerd.seconds).toBeLessThan(0.7);
});
