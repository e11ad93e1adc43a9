import { join } from 'node:path';
import { readSeal } from '../output.js';
import type { OsIdentity } from '../plan/plan-os.js';
import { nodesFolder } from '../plan/project-name.js';
import { initrdSize, type Initramfs } from './index.js';

const MIB = 2 ** 20;
/** What the kernel keeps for itself; by UEFI the firmware keeps as much again (measured with OVMF). */
const RESERVED = 64 * MIB;

/**
 * The least memory, in MiB, that a finished initramfs unpacks in; undefined when it is not made or older than
 * this. The kernel gives the root half of what is left when the initrd lies in memory; `rootfstype=ramfs` all.
 */
export async function leastMemory(
  workspaceRoot: string,
  { name }: OsIdentity,
  { cmdline, firmware }: { cmdline: string; firmware: 'bios' | 'uefi' },
): Promise<number | undefined> {
  const folder = join(workspaceRoot, nodesFolder(name), 'initramfs/initramfs');
  const facts = (await readSeal<Initramfs>(folder))?.facts;
  if (facts?.unpacked === undefined) return undefined;
  const share = /(^|\s)rootfstype=ramfs(\s|$)/.test(cmdline) ? 1 : 2;
  const reserved = firmware === 'uefi' ? 2 * RESERVED : RESERVED;
  return Math.ceil((facts.unpacked * share + initrdSize(facts) + reserved) / MIB);
}
