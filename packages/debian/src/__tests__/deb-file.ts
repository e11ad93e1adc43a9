import { gzipSync } from 'node:zlib';
import { writeTar } from '@nx-linuxkit/tree';
import { collect } from './bytes.js';
import { treeOf } from './tree-of.js';

type Files = Parameters<typeof treeOf>[0];

/** Makes a .deb with these files, and with these fields as its control data. */
export async function debFile(files: Files, control = ''): Promise<Buffer> {
  const packed = async (tree: Files) => gzipSync(await collect(writeTar(treeOf(tree).entries())));
  return arFile({
    'debian-binary': Buffer.from('2.0\n'),
    'control.tar.gz': await packed({ control }),
    'data.tar.gz': await packed(files),
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
