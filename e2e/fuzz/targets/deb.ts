import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openDeb, type BlobStore } from '@nx-linuxkit/debian';
import { streamOf } from '../stream.js';
import { tarOf } from '@nx-linuxkit/testing';
import { mutateBytes } from '../mutate-bytes.js';
import type { Random } from '../random.js';
import type { Target } from '../target.js';
import { mutateTar } from './tar.js';

/** A .deb: an ar archive with a tar in it that is compressed in one of three ways. */
export const deb: Target = {
  name: 'deb',
  sample: 1_500,
  faults: {
    DebianError: ['bad-format'],
    TreeError: ['malformed', 'unsupported', 'limit', 'unsafe-path', 'range', 'too-long', 'not-a-directory'],
  },
  async seeds() {
    const plain = await dataTar();
    return [
      debOf('data.tar', plain),
      debOf('data.tar.gz', gzipSync(plain)),
      debOf('data.tar.xz', execFileSync('xz', ['-c'], { input: plain })),
      debOf('data.tar.zst', execFileSync('zstd', ['-qc'], { input: plain })),
    ];
  },
  // Checksums of the compressed forms hide most damage, so half of the inputs have it within a right archive.
  mutate(next: Random, input, other) {
    if (next(2) === 0) return mutateBytes(next, input, other);
    const [name, bytes] = members(input).at(-1) ?? ['data.tar', input];
    return debOf(name, name === 'data.tar' ? mutateTar(next, bytes, bytes) : mutateBytes(next, bytes, other));
  },
  read: unpacked,
};

/** Opens a .deb, and gives its data.tar as it was unpacked. */
export async function unpacked(input: Buffer): Promise<Buffer> {
  const store = new OneBlob(input);
  try {
    const opened = await openDeb(store, `sha256:${'0'.repeat(64)}`);
    for (const { path } of opened.tree.entries())
      if (path.split('/').includes('..')) throw new Error(`the tree has the path ${path}`);
    await opened.close();
    return await readFile(store.path);
  } finally {
    await store.remove();
  }
}

function dataTar(): Promise<Buffer> {
  return tarOf([
    { name: './', type: 'directory' },
    { name: './usr/bin/tool', body: 'x'.repeat(3000), mode: 0o755 },
    { name: './usr/bin/twin', type: 'link', linkname: './usr/bin/tool' },
    { name: './usr/lib', type: 'symlink', linkname: '/lib' },
  ]);
}

/** A .deb with one data member, by deb(5). */
export function debOf(name: string, data: Buffer): Buffer {
  const member = (title: string, bytes: Buffer) => [
    Buffer.from(`${title.padEnd(16)}0           0     0     100644  ${String(bytes.length).padEnd(10)}\`\n`),
    bytes,
    Buffer.alloc(bytes.length % 2, '\n'),
  ];
  const control = gzipSync(Buffer.alloc(1024));
  return Buffer.concat([
    Buffer.from('!<arch>\n'),
    ...member('debian-binary', Buffer.from('2.0\n')),
    ...member('control.tar.gz', control),
    ...member(name, data),
  ]);
}

/** The members of a .deb that `debOf` made; none where the bytes are something else. */
function members(bytes: Buffer): [name: string, body: Buffer][] {
  const found: [string, Buffer][] = [];
  for (let at = 8; at + 60 <= bytes.length;) {
    const size = Number(bytes.toString('latin1', at + 48, at + 58));
    if (!Number.isSafeInteger(size) || size < 0) break;
    found.push([bytes.toString('latin1', at, at + 16).trim(), bytes.subarray(at + 60, at + 60 + size)]);
    at += 60 + size + (size % 2);
  }
  return found;
}

let folder: string | undefined;

/** A store of one .deb, whose digest nothing checks. */
class OneBlob implements BlobStore {
  readonly path = join((folder ??= mkdtempSync(join(tmpdir(), 'nx-linuxkit-fuzz-'))), 'data.tar');

  constructor(private readonly bytes: Buffer) {}

  has = async () => true;
  write = async () => undefined;
  read = () => streamOf(this.bytes);
  find = async () => undefined;

  async put(_kind: 'layer', _key: string, produce: (temporary: string) => Promise<void>): Promise<string> {
    await writeFile(this.path, '');
    await produce(this.path);
    return this.path;
  }

  remove = () => rm(this.path, { force: true });
}
