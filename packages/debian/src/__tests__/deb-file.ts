import { gzipSync } from 'node:zlib';
import { writeTar } from '@nx-linuxkit/tree';
import { collect } from './bytes.js';
import { treeOf } from './tree-of.js';

type Files = Parameters<typeof treeOf>[0];

/** Makes a .deb with these files. Its control data is empty, because it is not read. */
export async function debFile(files: Files): Promise<Buffer> {
  const data = gzipSync(await collect(writeTar(treeOf(files).entries())));
  return arFile({
    'debian-binary': Buffer.from('2.0\n'),
    'control.tar.gz': gzipSync(Buffer.alloc(1024)),
    'data.tar.gz': data,
  });
}

/** Makes a Unix archive with these members. */
export function arFile(members: Readonly<Record<string, Buffer>>): Buffer {
  const parts = Object.entries(members).flatMap(([name, bytes]) => [
    Buffer.from(
      `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`,
    ),
    bytes,
    Buffer.alloc(bytes.length % 2, '\n'),
  ]);
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}
