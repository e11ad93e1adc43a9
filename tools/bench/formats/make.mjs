// Makes one format in this process, as the format stage does, out of segments on disk: `make.mjs <case as JSON>`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { filesOf } from './payload.mjs';

const require = createRequire(import.meta.url);
const packages = '../../../packages';
const tree = require(`${packages}/tree`);
const { findFormat } = require(`${packages}/formats`);
const { Store } = require(`${packages}/oci`);
const { VerifiedFiles } = require(`${packages}/stages/dist/verified-files.js`);
const { pathsIn } = require(`${packages}/stages/dist/format/index.js`);
const { initrdContent } = require(`${packages}/stages/dist/format/initrd/index.js`);
const { loadMaker } = require(`${packages}/stages/dist/format/makers/index.js`);

/** Where Debian has the files that the loader images of the base set hold. */
const LOADERS = {
  ...require(`${packages}/stages/src/format/__fixtures__/debian-loaders.json`),
  'rootfs-loader': {},
};
const OWNER = { uid: 0, gid: 0, mtime: 1492533000 };

const { format, options, architecture, segments, folder } = JSON.parse(process.argv[2]);
const make = await loadMaker(findFormat(format));
// The segments are known to be intact, as they are when their stage has just made them.
const store = Store.open(join(dirname(segments[0].path), 'store'));
const verified = new VerifiedFiles(store);
for (const segment of segments) await verified.wrote(segment.path, segment);
const before = process.cpuUsage();
const started = performance.now();
const open = [];
await make(system(), pathsIn(folder, findFormat(format), { name: 'bench' }));
await Promise.all(open.map((source) => source.close()));
const wall = (performance.now() - started) / 1000;
const { user, system: kernel } = process.cpuUsage(before);
console.log(JSON.stringify({ wall, cpu: (user + kernel) / 1e6, rss: process.resourceUsage().maxRSS * 1024 }));

/** What a format asks for, without the stages that would make it. */
function system() {
  return {
    name: 'bench',
    platform: `linux/${architecture}`,
    cmdline: 'console=ttyS0',
    log: () => undefined,
    hasKernel: true,
    options,
    kernel: async () => ({ kernel: tree.bytesContent(kernelImage(architecture)), mode: 0o644 }),
    initrd: async () => initrdContent({ segments }, undefined, { path: (path) => path, store, verified }),
    tree: async () => rootTree(),
    rootTree: async () => rootTree(),
    loader: async (name) => loaderTree(name),
    hasLoader: (name) => name in LOADERS,
  };
}

function rootTree() {
  const sources = segments.map(({ path, size, sha256 }) =>
    tree.fileSource(path, { id: `sha256:${sha256}`, size }),
  );
  open.push(...sources);
  const root = new tree.Tree();
  for (const { path, segment, offset, size } of filesOf(segments)) {
    const content = { source: sources[segment], offset, size };
    root.set(path, { type: 'file', mode: 0o644, ...OWNER, content });
  }
  return root;
}

function loaderTree(name) {
  const files = Object.entries(LOADERS[name]);
  return tree.Tree.of(
    files.map(([path, from]) => ({
      path,
      inode: { type: 'file', mode: 0o644, ...OWNER, content: tree.bytesContent(readFileSync(from)) },
    })),
  );
}

/** The header that loaders check: arch/x86/boot.rst, arch/arm64/booting.rst. */
function kernelImage(kind) {
  const kernel = Buffer.alloc(4096);
  kernel.write('MZ', 0, 'latin1');
  if (kind === 'arm64') {
    kernel.write('ARM\x64', 56, 'latin1');
    return kernel;
  }
  kernel.writeUInt32LE(0x280, 0x3c);
  kernel.write('PE\0\0', 0x280, 'latin1');
  kernel.write('HdrS', 0x202, 'latin1');
  kernel.writeUInt16LE(0x20f, 0x206);
  kernel.writeUInt32LE(0x7fffffff, 0x22c);
  kernel.writeUInt16LE(1, 0x236);
  kernel.writeUInt32LE(2047, 0x238);
  return kernel;
}
