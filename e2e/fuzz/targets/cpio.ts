import { bytesContent, readCpio, Tree, writeCpio } from '@nx-linuxkit/tree';
import { streamOf } from '../stream.js';
import { mutateBytes } from '../mutate-bytes.js';
import type { Target } from '../target.js';

/** The newc archives of an initramfs. */
export const cpio: Target = {
  name: 'cpio',
  sample: 20_000,
  faults: { TreeError: ['malformed', 'unsafe-path'] },
  async seeds() {
    const tree = new Tree();
    const inode = { mode: 0o644, uid: 0, gid: 0, mtime: 1 };
    const tool = { ...inode, type: 'file', content: bytesContent(Buffer.from('tool')) } as const;
    tree.set('bin', { ...inode, type: 'dir' });
    tree.set('bin/tool', tool);
    tree.set('bin/twin', tool);
    tree.set('lib', { ...inode, type: 'symlink', target: '/usr/lib' });
    tree.set('null', { ...inode, type: 'char', device: [1, 3] });
    const chunks: Uint8Array[] = [];
    for await (const chunk of writeCpio(tree.entries())) chunks.push(Uint8Array.from(chunk));
    return [Buffer.concat(chunks)];
  },
  mutate: mutateBytes,
  read: (input) => readCpio(streamOf(input)),
};
