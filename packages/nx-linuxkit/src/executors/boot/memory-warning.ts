import { leastMemory, readPlan, type OsIdentity } from '@nx-linuxkit/stages';
import { DEFAULT_MEMORY, type MachineOptions } from '@nx-linuxkit/machine';
import type { PluginOptions } from '../../options.js';

/** A warning where the root will not fit into the machine's memory: the kernel would boot with half of it. */
export async function memoryWarning(
  workspaceRoot: string,
  os: OsIdentity,
  { medium, memory = DEFAULT_MEMORY }: Pick<MachineOptions, 'medium' | 'memory'>,
  options: PluginOptions,
): Promise<string | undefined> {
  if (medium.kind === 'kernel' && medium.root !== undefined) return undefined;
  const uefi = medium.kind === 'efi' || medium.firmware === 'uefi';
  const cmdline = readPlan(workspaceRoot, os, options).os.kernel?.cmdline ?? '';
  const least = await leastMemory(workspaceRoot, os, { cmdline, firmware: uefi ? 'uefi' : 'bios' });
  if (least === undefined || least <= memory) return undefined;
  return (
    `warning: the root of ${os.name} unpacks in about ${least} MiB of memory, the machine has ${memory}; ` +
    `boot with --memory=${Math.ceil(least / 128) * 128}, or make kernel+squashfs, whose root stays on its disk`
  );
}
