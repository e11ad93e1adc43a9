import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, gzipSync } from 'node:zlib';
import readLayer, { type LayerAnswer, type LayerFault } from './read-layer.js';

const folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-read-layer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A tar of files, by name and size in bytes, in this order. */
function tarOf(files: Readonly<Record<string, number>>): Buffer {
  const root = mkdtempSync(join(folder, 'tree-'));
  for (const [name, size] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), Buffer.alloc(size, name));
  }
  const names = Object.keys(files);
  return spawnSync('tar', ['-C', root, '-cf', '-', '--no-recursion', ...names], { maxBuffer: 1 << 27 })
    .stdout;
}

let serial = 0;
async function read(bytes: Uint8Array, always = false) {
  const [path, kept, index] = ['blob', 'kept', 'index'].map((name) =>
    join(folder, `${name}-${(serial += 1)}`),
  );
  writeFileSync(path, bytes);
  const answer = await readLayer({ blob: { path }, kept, always, index });
  return { answer: answer as LayerAnswer & LayerFault, kept, index: readFileSync(index, 'utf8') };
}

const MB = 1 << 20;
const TAR = tarOf({ 'etc/passwd': 900, 'usr/bin/program': 3 * MB });

it.each([
  ['gzip', gzipSync(TAR)],
  ['two members of gzip', Buffer.concat([gzipSync(TAR.subarray(0, 5000)), gzipSync(TAR.subarray(5000))])],
  ['zstd', spawnSync('zstd', ['-q', '-c'], { input: TAR, maxBuffer: 1 << 27 }).stdout],
  ['nothing', TAR],
])(
  'a layer packed by %s has the index and digest of its tar, and the digest of its blob',
  async (_, blob) => {
    const { answer, index } = await read(blob);
    expect(answer).toMatchObject({ sha256: sha256(TAR), size: TAR.length, blobSha256: sha256(blob) });
    expect(index).toBe((await read(TAR)).index);
    expect(index).toContain('usr/bin/program');
  },
);

it.each([
  ['a small layer', tarOf({ 'etc/passwd': 900 }), false, true],
  ['a large layer', TAR, false, false],
  ['a large layer, when asked', TAR, true, true],
  ['a kernel', tarOf({ kernel: 3 * MB }), false, true],
  ['a tar of modules', tarOf({ 'kernel.tar': 3 * MB }), false, true],
  ['a kernel that comes late', tarOf({ 'usr/lib/large': 3 * MB, kernel: 900 }), false, false],
])(
  'the uncompressed bytes of %s are kept only where something will read them',
  async (_, tar, always, wanted) => {
    const { answer, kept } = await read(gzipSync(tar), always);
    expect(answer.kept).toEqual(wanted ? { bytes: tar.length, crc32: crc32(tar) } : undefined);
    expect(existsSync(kept)).toBe(wanted);
    if (wanted) expect(readFileSync(kept).equals(tar)).toBe(true);
  },
);

it.each([
  ['is cut short', gzipSync(TAR).subarray(0, 2000), { of: 'oci', code: 'truncated' }],
  ['is damaged', damaged(gzipSync(TAR)), { of: 'oci', code: 'invalid-compression' }],
  [
    'holds half a tar',
    gzipSync(tarOf({ kernel: 3 * MB }).subarray(0, 2 * MB)),
    { of: 'tree', code: 'malformed' },
  ],
  ['holds no tar', gzipSync(Buffer.alloc(5000, 'text')), { of: 'tree', code: 'malformed' }],
])('a layer that %s gives a fault, and its bytes are not kept', async (_, blob, fault) => {
  const { answer, kept } = await read(blob);
  expect(answer.fault).toMatchObject(fault);
  expect(existsSync(kept)).toBe(false);
});

/** The same gzip with a wrong checksum. */
function damaged(gzip: Buffer): Buffer {
  const bytes = Buffer.from(gzip);
  bytes[bytes.length - 8] ^= 1;
  return bytes;
}
