import type { CpioMember } from '../cpio/member.js';
import { Tree } from '../tree.js';

export interface Unpacked {
  readonly tree: Tree;
  /** Paths that the kernel dropped without a word, each with the reason. */
  readonly lost: readonly string[];
}

/** What Linux's initramfs unpacker makes of archives in order (init/initramfs.c). */
export function kernelUnpack(_archives: Iterable<Iterable<CpioMember>>): Unpacked {
  return { tree: new Tree(), lost: [] };
}
