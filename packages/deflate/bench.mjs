// Measures transcode and compress beside gunzip and zlib, on the same tar and in this process:
//
//   node packages/deflate/bench.mjs [file.tar] [runs]
//
// Without a file it makes a tar of this repository's node_modules. As in a real build, the edit replaces every tar
// header by a cpio header. Rates are uncompressed bytes per second, from the median of the runs.
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, createReadStream, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';

const { compress, rewrite, transcode } = createRequire(import.meta.url)('./dist/index.js');
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const scratch = mkdtempSync(join(tmpdir(), 'deflate-bench-'));
const [given, runs = '5'] = process.argv.slice(2);

function makeTar() {
  const file = join(scratch, 'sample.tar');
  execFileSync('tar', ['-cf', file, '--sort=name', '-C', root, 'node_modules']);
  return file;
}

/** Reads plain ustar headers only, which is enough for a plan as costly as a real one. */
function planOf(tar) {
  const file = openSync(tar, 'r');
  const header = Buffer.alloc(512);
  const ops = [];
  for (let at = 0, inode = 1; readSync(file, header, 0, 512, at) === 512 && header[0] !== 0; inode++) {
    const field = (from, to) => parseInt(header.toString('latin1', from, to), 8) || 0;
    const size = field(124, 136);
    const name = header.toString('latin1', 0, header.indexOf(0));
    ops.push({ insert: cpioHeader(name, inode, field(100, 107), field(136, 147), size) });
    ops.push({ keep: [at + 512, at + 512 + size] });
    if (size % 4) ops.push({ insert: Buffer.alloc(4 - (size % 4)) });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  closeSync(file);
  return ops;
}

function cpioHeader(name, inode, mode, mtime, size) {
  const numbers = [inode, mode | 0o100000, 0, 0, 1, mtime, size, 0, 0, 0, 0, name.length + 1, 0];
  const text = `070701${numbers.map((n) => n.toString(16).toUpperCase().padStart(8, '0')).join('')}${name}\0`;
  return Buffer.from(text.padEnd(Math.ceil(text.length / 4) * 4, '\0'), 'latin1');
}

async function drain(chunks) {
  let bytes = 0;
  for await (const chunk of chunks) bytes += chunk.length;
  return bytes;
}

async function report(name, plainBytes, run) {
  const times = [];
  let out = 0;
  for (let i = 0; i < Number(runs); i++) {
    const start = performance.now();
    out = await run();
    times.push((performance.now() - start) / 1000);
  }
  const median = times.sort((a, b) => a - b)[times.length >> 1];
  const cells = [
    name.padEnd(44),
    median.toFixed(2),
    (plainBytes / 1e6 / median).toFixed(0),
    out ? (out / 1e6).toFixed(1) : '',
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

const tar = given ?? makeTar();
const gz = join(scratch, 'sample.tar.gz');
execFileSync('sh', ['-c', 'gzip -6 -n -c "$1" > "$2"', 'sh', tar, gz]);
const size = statSync(tar).size;
const ops = planOf(tar);
const read = (file) => createReadStream(file, { highWaterMark: 1 << 18 });

console.log(
  `${(size / 1e6).toFixed(1)} MB, ${(statSync(gz).size / 1e6).toFixed(1)} MB as gzip -6, ${ops.length} steps; node ${process.version}`,
);
console.log('| | s | MB/s | MB out |\n|---|---|---|---|');
await report('gunzip(1)', size, () => void spawnSync('gunzip', ['-c', gz], { stdio: 'ignore' }));
await report(
  "Node's gunzip",
  size,
  async () => void (await drain(read(gz).pipe(zlib.createGunzip({ chunkSize: 1 << 18 })))),
);
await report('transcode: gzip to gzip, headers replaced', size, () => drain(transcode(read(gz), ops)));
await report('compress(rewrite(tar)), level 6', size, () => drain(compress(rewrite(read(tar), ops))));
await report('compress(rewrite(tar)), level 1', size, () =>
  drain(compress(rewrite(read(tar), ops), { level: 1 })),
);
await report("Node's gzip, level 6, one thread", size, () =>
  drain(read(tar).pipe(zlib.createGzip({ level: 6, chunkSize: 1 << 18 }))),
);
rmSync(scratch, { recursive: true });
