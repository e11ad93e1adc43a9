import { MachineError } from './error.js';
import type { Architecture, DiskInterface } from './options.js';

/** A drive of the machine: the name and the options of `-drive`, and the bus by which the guest sees it. */
export interface Drive {
  readonly id: string;
  /** QEMU's options of `-drive`, but for `id`. */
  readonly options: string;
  readonly bus: DiskInterface;
  /** Place in the firmware's order. */
  readonly bootindex?: number;
}

/**
 * Returns the arguments for disks in their order, which is the order of their names in the guest as long as they share a
 * bus. SCSI disks share a controller, SATA disks one for each six. Throws `invalid-option` for IDE on a
 * machine that has none.
 */
export function attachDrives(drives: readonly Drive[], arch: Architecture): string[] {
  return drives.flatMap((drive, index) => {
    const before = drives.slice(0, index).filter(({ bus }) => bus === drive.bus).length;
    const place = drive.bootindex === undefined ? '' : `,bootindex=${drive.bootindex}`;
    return [
      '-drive',
      `if=none,id=${drive.id},${drive.options}`,
      ...controller(drive.bus, before, arch),
      '-device',
      `${device(drive, before)},drive=${drive.id}${place}`,
    ];
  });
}

/** Ports of QEMU's AHCI controller. */
const SATA_PORTS = 6;

/** The controller that the nth disk of a bus brings, if the machine does not have it by then. */
function controller(bus: DiskInterface, n: number, arch: Architecture): string[] {
  if (bus === 'ide' && arch !== 'amd64') {
    throw new MachineError('invalid-option', `${arch} has no IDE`, {
      hint: 'Use virtio, scsi, sata or nvme.',
    });
  }
  if (bus === 'scsi' && n === 0) return ['-device', 'virtio-scsi-pci,id=scsi0'];
  if (bus === 'pvscsi' && n === 0) return ['-device', 'pvscsi,id=pvscsi0'];
  if (bus === 'sata' && n % SATA_PORTS === 0) return ['-device', `ahci,id=sata${n / SATA_PORTS}`];
  return [];
}

/** The device of the nth disk of its bus. NVMe wants a serial number, by which guests tell disks apart. */
function device({ bus, id }: Drive, n: number): string {
  switch (bus) {
    case 'virtio':
      return 'virtio-blk-pci';
    case 'ide':
      return 'ide-hd';
    case 'scsi':
      return `scsi-hd,bus=scsi0.0,scsi-id=${n}`;
    case 'pvscsi':
      return `scsi-hd,bus=pvscsi0.0,scsi-id=${n}`;
    case 'sata':
      return `ide-hd,bus=sata${Math.floor(n / SATA_PORTS)}.${n % SATA_PORTS}`;
    case 'nvme':
      return `nvme,serial=${id}`;
  }
}
