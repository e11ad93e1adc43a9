import { join } from 'node:path';
import type { OsIdentity } from '../plan/identify.js';
import { nodesFolder } from '../plan/project-name.js';
import { readSeal } from '../seal.js';
import { initrdSize, type Initramfs } from './initramfs.js';

const MIB = 2 ** 20;
/** Bytes that the kernel keeps for itself. UEFI firmware keeps as many again, as measured with OVMF. */
const RESERVED = 64 * MIB;

/**
 * The least memory, in MiB, in which the initramfs of a system unpacks. Undefined when it is not made, or was made by
 * a version that did not note its size. The kernel gives the root half of the memory that is left when the initrd
 * lies in it, and with `rootfstype=ramfs` all.
 */
export async function leastMemory(
  workspaceRoot: string,
  { name }: OsIdentity,
  { cmdline, firmware }: { cmdline: string; firmware: 'bios' | 'uefi' },
): Promise<number | undefined> {
  const folder = join(workspaceRoot, nodesFolder(name), 'initramfs/initramfs');
  const facts = (await readSeal<Initramfs>(folder))?.facts;
  // A version before this one noted other facts.
  if (facts?.unpacked === undefined || facts.compressor === undefined) return undefined;
  const share = /(^|\s)rootfstype=ramfs(\s|$)/.test(cmdline) ? 1 : 2;
  const reserved = firmware === 'uefi' ? 2 * RESERVED : RESERVED;
  return Math.ceil((facts.unpacked * share + initrdSize(facts) + reserved) / MIB);
}
