import { leastMemory, readPlan, type OsIdentity } from '@nx-linuxkit/stages';
import { formatOptions } from '@nx-linuxkit/stages/plan';
import { DEFAULT_MEMORY, type MachineOptions } from '@nx-linuxkit/machine';
import type { PluginOptions } from '../../options.js';

/**
 * A warning where the root of a format will not fit into the machine's memory: the kernel would boot with half of it. A root that
 * Linux mounts is not unpacked.
 */
export async function memoryWarning(
  workspaceRoot: string,
  os: OsIdentity,
  format: string,
  { medium, memory = DEFAULT_MEMORY }: Pick<MachineOptions, 'medium' | 'memory'>,
  options: PluginOptions,
): Promise<string | undefined> {
  if (medium.kind === 'kernel' && medium.root !== undefined) return undefined;
  const uefi = medium.kind === 'efi' || medium.firmware === 'uefi';
  const plan = readPlan(workspaceRoot, os, options);
  const { root = 'initramfs' } = formatOptions(plan.os, format);
  if (root !== 'initramfs') return undefined;
  const cmdline = plan.os.kernel?.cmdline ?? '';
  const least = await leastMemory(workspaceRoot, os, { cmdline, firmware: uefi ? 'uefi' : 'bios' });
  if (least === undefined || least <= memory) return undefined;
  return (
    `warning: the root of ${os.name} unpacks in about ${least} MiB of memory, the machine has ${memory}; ` +
    `boot with --memory=${Math.ceil(least / 128) * 128}, or give ${format} \`root: erofs\` in \`outputs\`, which unpacks nothing`
  );
}
