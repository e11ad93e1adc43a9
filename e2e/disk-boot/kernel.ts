import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { putInPlace } from '../workspace/packed.js';

export interface TestKernel {
  readonly kernel: Buffer;
  readonly busybox: Buffer;
  /** Debian's getfattr with its libraries, by path. */
  readonly getfattr: Record<string, Buffer>;
  /** Returns the bytes of a module. */
  module(name: string): Buffer;
}

/** Debian's kernel for clouds: a bzImage with the EFI stub. All its block drivers except NVMe are modules. */
const META = 'linux-image-cloud-amd64';
const TOOLS = ['busybox-static', 'attr', 'libattr1', 'libc6'];
const GETFATTR = {
  'usr/bin/getfattr': 'usr/bin/getfattr',
  'lib/libattr.so.1': 'usr/lib/x86_64-linux-gnu/libattr.so.1',
  'lib/libc.so.6': 'lib/x86_64-linux-gnu/libc.so.6',
  'lib64/ld-linux-x86-64.so.2': 'lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
};

/** Unpacks kernel and busybox from Debian's packages into a cache folder, and installs nothing. */
export function testKernel(): TestKernel {
  const cache = process.env.NX_LINUXKIT_E2E_CACHE ?? join(tmpdir(), 'nx-linuxkit-e2e');
  const root = join(cache, 'debian-kernel');
  if (!existsSync(root)) unpack(cache, root);
  const image = readdirSync(join(root, 'boot')).find((name) => name.startsWith('vmlinuz-'))!;
  const modules = join(root, 'lib/modules', image.slice('vmlinuz-'.length));
  const files = new Map(
    readdirSync(modules, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.ko(\.gz)?$/.test(path))
      .map((path) => [
        basename(path)
          .replace(/\.ko(\.gz)?$/, '')
          .replaceAll('-', '_'),
        join(modules, path),
      ]),
  );
  return {
    kernel: readFileSync(join(root, 'boot', image)),
    busybox: readFileSync(join(root, 'bin/busybox')),
    getfattr: Object.fromEntries(
      Object.entries(GETFATTR).map(([to, from]) => [to, readFileSync(join(root, from))]),
    ),
    module(name) {
      const path = files.get(name);
      if (!path) throw new Error(`no module ${name}`);
      return path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path);
    },
  };
}

function unpack(cache: string, root: string): void {
  mkdirSync(cache, { recursive: true });
  const temporary = mkdtempSync(join(cache, 'unpacking-'));
  const depends = execFileSync('apt-cache', ['depends', META], { encoding: 'utf8' });
  const image = /Depends: (linux-image-\S+)/.exec(depends)![1]!;
  execFileSync('apt-get', ['download', image, ...TOOLS], { cwd: temporary, stdio: 'pipe', timeout: 300_000 });
  for (const name of readdirSync(temporary).filter((file) => file.endsWith('.deb'))) {
    execFileSync('dpkg-deb', ['-x', join(temporary, name), join(temporary, 'root')]);
  }
  putInPlace(join(temporary, 'root'), root);
  rmSync(temporary, { recursive: true });
}
