import { tarPieces, type Content, type Entry } from '@nx-linuxkit/tree';
import { generatedFile } from '../../generated-inode.js';
import { writePieces } from '../write-pieces.js';
import type { MakeFormat } from './maker.js';

/** The boot files as one archive, which LinuxKit gives to its own makers of disk images. */
export const tarKernelInitrd: MakeFormat = async (system, path) => {
  const { kernel, ucode } = await system.kernel();
  const entries = [
    entry('kernel', kernel),
    entry('initrd.img', await system.initrd()),
    entry('cmdline', system.cmdline),
    ...(ucode ? [entry('ucode.cpio', ucode)] : []),
  ];
  await writePieces(path('image'), tarPieces(entries));
};

function entry(path: string, content: string | Content): Entry {
  return { path, inode: generatedFile(content) };
}
