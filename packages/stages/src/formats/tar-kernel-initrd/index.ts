import { join } from 'node:path';
import { DEFAULT_MTIME, bytesContent, tarPieces, type Content, type Entry } from '@nx-linuxkit/tree';
import type { MakeFormat } from '../format.js';
import { writePieces } from '../write-pieces.js';

/** What LinuxKit feeds to its own makers of disk images: the boot files as one archive. */
export const tarKernelInitrd: MakeFormat = async (system, folder) => {
  const { kernel, ucode } = await system.kernel();
  const entries = [
    entry('kernel', kernel),
    entry('initrd.img', await system.initrd()),
    entry('cmdline', bytesContent(system.cmdline)),
    ...(ucode ? [entry('ucode.cpio', ucode)] : []),
  ];
  await writePieces(join(folder, `${system.name}-initrd.tar`), tarPieces(entries));
};

function entry(path: string, content: Content): Entry {
  return { path, inode: { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: DEFAULT_MTIME, content } };
}
