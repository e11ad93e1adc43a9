import { MachineError } from './error.js';
import type { Firmware, Likeness, MachineOptions } from './options.js';

/** The hardware of a platform, as far as QEMU has it. */
interface Hardware extends Pick<MachineOptions, 'machine' | 'diskBus' | 'card'> {
  /** The only firmware that the platform has. */
  readonly firmware?: Firmware;
}

/**
 * What a guest finds on each platform. QEMU has VMware's paravirtual devices themselves. For the others it has the bus of
 * the disks and the firmware: Amazon's network card and Hyper-V's bus do not exist in it, so the card stays virtio there.
 */
const HARDWARE: Readonly<Record<Likeness, Hardware>> = {
  'aws-nitro': { machine: 'q35', diskBus: 'nvme' },
  gcp: { machine: 'pc', diskBus: 'scsi' },
  'azure-gen2': { machine: 'q35', diskBus: 'scsi', firmware: 'uefi' },
  vmware: { machine: 'pc', diskBus: 'pvscsi', card: 'vmxnet3' },
  'hyperv-gen1': { machine: 'pc', diskBus: 'ide', firmware: 'bios' },
};

/** The names of the platforms that a machine can resemble. */
export const likenesses = Object.keys(HARDWARE) as Likeness[];

/**
 * The options with the hardware of the platform that `like` names; what the options say themselves comes first.
 *
 * @throws MachineError `invalid-option` for a medium whose firmware the platform does not have, and on arm64.
 */
export function withLikeness<T extends MachineOptions>(options: T): T {
  const { like, medium, arch = 'amd64' } = options;
  if (like === undefined) return options;
  if (arch !== 'amd64') {
    throw new MachineError('invalid-option', `like: ${like} is imitated on amd64 alone, got ${arch}`, {
      hint: 'Leave the option like out.',
    });
  }
  const { firmware, ...hardware } = HARDWARE[like];
  const has = medium.firmware ?? (medium.kind === 'efi' ? 'uefi' : undefined);
  if (firmware !== undefined && has !== undefined && has !== firmware) {
    throw new MachineError('invalid-option', `like: ${like} has ${firmware}, and this medium is for ${has}`, {
      hint:
        firmware === 'uefi'
          ? 'Boot raw-efi, vhd-efi or another format for UEFI.'
          : 'Boot raw-bios, vhd or another format for BIOS.',
    });
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...hardware, ...given, medium: firmware ? { ...medium, firmware } : medium } as T;
}
