import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DEFAULT_MTIME } from '@nx-linuxkit/tree';
import { pack } from 'tar-stream';
import { unpackPackage } from './debian-packages.js';

const run = promisify(execFile);
const MTIME = new Date(DEFAULT_MTIME * 1000);

/** Paths of the modules that virtual machines, containers and disk images need. Their dependencies are added. */
const KEPT = [
  'drivers/virtio/',
  'drivers/block/',
  'drivers/char/hw_random/',
  'drivers/char/virtio_console',
  'drivers/net/virtio_net',
  'drivers/net/net_failover',
  'drivers/net/veth',
  'drivers/net/tun',
  'drivers/net/wireguard/',
  'drivers/net/vxlan/',
  'drivers/net/hyperv/',
  'drivers/net/vmxnet3/',
  'drivers/net/ethernet/amazon/',
  'drivers/net/ethernet/google/',
  'drivers/hv/',
  'drivers/ata/',
  'drivers/scsi/',
  'drivers/cdrom/',
  'drivers/md/',
  'fs/overlayfs/',
  'fs/fat/',
  'fs/isofs/',
  'fs/squashfs/',
  'fs/fuse/',
  'fs/nls/',
  'fs/binfmt_misc',
  'net/netfilter/',
  'net/ipv4/netfilter/',
  'net/ipv6/netfilter/',
  'net/bridge/',
];

/** The two files of a LinuxKit kernel image. */
export interface KernelFiles {
  /** The bzImage. */
  readonly kernel: Buffer;
  /** A tar of `./lib/modules/<version>`. */
  readonly tar: Buffer;
}

/** Makes the files of a kernel image from the kernel's package, with the depmod of busybox's package. */
export async function kernelFiles(kernelDeb: string, busyboxDeb: string): Promise<KernelFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'nx-linuxkit-kernel-'));
  try {
    await Promise.all([
      unpackPackage(kernelDeb, join(folder, 'root')),
      unpackPackage(busyboxDeb, join(folder, 'busybox')),
    ]);
    const [version] = await readdir(join(folder, 'root/lib/modules'));
    // busybox's modprobe reads only the text files, and its own depmod writes only these.
    await run(join(folder, 'busybox/bin/busybox'), ['depmod', '-b', join(folder, 'root'), version]);
    return {
      kernel: await readFile(join(folder, 'root/boot', `vmlinuz-${version}`)),
      tar: await modulesTar(join(folder, 'root/lib/modules', version), version),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function modulesTar(folder: string, version: string): Promise<Buffer> {
  const dependencies = parseDependencies(await readFile(join(folder, 'modules.dep'), 'utf8'));
  const kept = withDependencies(dependencies);
  const files = new Map<string, Buffer>([
    ['modules.alias', await aliases(folder, kept)],
    ['modules.builtin', await readFile(join(folder, 'modules.builtin'))],
    [
      'modules.dep',
      Buffer.from(kept.map((path) => `${path}: ${dependencies.get(path)?.join(' ')}\n`).join('')),
    ],
    ['modules.order', await readFile(join(folder, 'modules.order'))],
  ]);
  for (const path of kept) files.set(path, await readFile(join(folder, path)));
  return tarOf(`./lib/modules/${version}`, files);
}

/** Reads lines such as `kernel/fs/overlayfs/overlay.ko: kernel/…`. */
function parseDependencies(text: string): Map<string, readonly string[]> {
  const lines = text.split('\n').filter((line) => line.includes(':'));
  return new Map(
    lines.map((line) => {
      const [path, rest] = line.split(':');
      return [path, rest.split(' ').filter(Boolean)];
    }),
  );
}

function withDependencies(dependencies: Map<string, readonly string[]>): string[] {
  const kept = new Set<string>();
  const keep = (path: string) => {
    if (kept.has(path)) return;
    kept.add(path);
    dependencies.get(path)?.forEach(keep);
  };
  for (const path of dependencies.keys()) {
    if (KEPT.some((prefix) => path.startsWith(`kernel/${prefix}`))) keep(path);
  }
  return [...kept].sort();
}

/** Keeps lines such as `alias virtio:d00000001v* virtio_net` of the kept modules; names have no hyphens there. */
async function aliases(folder: string, kept: readonly string[]): Promise<Buffer> {
  const names = new Set(kept.map((path) => path.replace(/^.*\/|\.ko$/g, '').replaceAll('-', '_')));
  const text = await readFile(join(folder, 'modules.alias'), 'utf8');
  const lines = text.split('\n').filter((line) => names.has((line.split(' ')[2] ?? '').replaceAll('-', '_')));
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** Writes a tar like LinuxKit's kernel.tar: names begin with `./`, and a folder precedes its files. */
async function tarOf(root: string, files: Map<string, Buffer>): Promise<Buffer> {
  const tar = pack();
  const folders = new Set<string>();
  const addFolder = (name: string) => {
    if (folders.has(name) || name === '.') return;
    addFolder(dirname(name));
    folders.add(name);
    tar.entry({ name, type: 'directory', mode: 0o755, mtime: MTIME });
  };
  for (const [path, body] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = `${root}/${path}`;
    addFolder(dirname(name));
    tar.entry({ name, mode: 0o644, mtime: MTIME }, body);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
