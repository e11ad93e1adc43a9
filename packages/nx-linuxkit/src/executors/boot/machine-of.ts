import { join } from 'node:path';
import { MachineError, mediumOf, type Architecture, type MachineOptions } from '@nx-linuxkit/machine';
import { fileNameOf, type OsIdentity } from '@nx-linuxkit/stages/plan';

/** What QEMU starts for a format of an OS. */
export function machineOf(
  os: OsIdentity,
  format: string,
  root: string,
): Pick<MachineOptions, 'medium' | 'arch'> {
  const prefix = join(root, os.dist, format, fileNameOf(os.name));
  const medium = mediumOf(format, prefix);
  if (!medium) {
    throw new MachineError('invalid-option', `QEMU cannot boot the format ${format}`, {
      hint: 'Boot kernel+initrd, an ISO or a disk.',
    });
  }
  return { medium, arch: os.platform.split('/')[1] as Architecture };
}
