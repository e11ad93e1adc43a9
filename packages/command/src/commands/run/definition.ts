import type { Definition } from '../../definition.js';

/** `linuxkit run qemu`, and `linuxkit run`. */
export const runQemu: Definition = {
  name: 'run qemu',
  text: 'boots what a build made: a disk, an ISO, or the prefix of a kernel and its root; run alone means this too',
  given: 'PATH',
  exclusive: [
    ['data', 'data-file'],
    ['iso', 'kernel', 'squashfs'],
  ],
  flags: [
    { name: 'cpus', kind: 'number', value: 'N', text: 'gives the machine N processors; default: 1' },
    { name: 'mem', kind: 'number', value: 'MB', text: 'gives the machine memory; default: 1024' },
    {
      name: 'disk',
      kind: 'repeated',
      value: '[file=]PATH[,size=N[M|G]][,format=raw|qcow2]',
      text: 'attaches a disk, which is made if it is not there; default of its format: qcow2 for a new one, else what the file is',
    },
    {
      name: 'publish',
      kind: 'repeated',
      value: 'HOST:GUEST[/tcp|udp]',
      text: 'publishes a port of the guest on this machine, for its own programs alone',
    },
    {
      name: 'networking',
      kind: 'text',
      value: 'KIND',
      text: 'is user (the default), none, tap,DEVICE or bridge,BRIDGE',
    },
    {
      name: 'accel',
      kind: 'text',
      value: 'NAME',
      text: 'is an accelerator, or several with colons, of which the first that works is taken (LINUXKIT_QEMU_ACCEL); default: kvm where it can be used, else tcg',
    },
    {
      name: 'arch',
      kind: 'text',
      value: 'ARCH',
      text: 'is the guest’s architecture (x86_64, aarch64, riscv64); default: that of this machine',
    },
    { name: 'uefi', kind: 'switch', text: 'boots by UEFI' },
    {
      name: 'fw',
      kind: 'text',
      value: 'FILE',
      text: 'is a firmware of one file; default: the distribution’s, for UEFI alone',
    },
    { name: 'iso', kind: 'switch', text: 'takes PATH for an ISO, whatever its name is' },
    { name: 'kernel', kind: 'switch', text: 'takes PATH for the prefix of a kernel and an initrd' },
    { name: 'squashfs', kind: 'switch', text: 'takes PATH for the prefix of a kernel and a squashfs' },
    {
      name: 'state',
      kind: 'text',
      value: 'DIR',
      text: 'keeps disks, UEFI variables and metadata; default: PATH-state',
    },
    { name: 'data', kind: 'text', value: 'TEXT', text: 'hands TEXT to the guest, on a CD' },
    { name: 'data-file', kind: 'text', value: 'FILE', text: 'hands the text of FILE to the guest, on a CD' },
    { name: 'gui', kind: 'switch', text: 'opens a window in place of the console on the terminal' },
    { name: 'usb', kind: 'switch', text: 'adds a USB controller' },
    { name: 'device', kind: 'repeated', value: 'TEXT', text: 'adds a device by QEMU’s own syntax' },
    {
      name: 'qemu',
      kind: 'text',
      value: 'PROGRAM',
      text: 'is the QEMU to run, where LinuxKit ignores the flag; default: that of the architecture, on the PATH',
    },
    {
      name: 'virtiofs',
      kind: 'repeated',
      value: 'DIR',
      as: 'refused',
      text: 'no folder is shared with a guest yet: pack it into an ISO and attach that by --disk',
    },
    {
      name: 'virtiofsd',
      kind: 'text',
      value: 'PROGRAM',
      as: 'refused',
      text: 'no folder is shared with a guest yet',
    },
    {
      name: 'detached',
      kind: 'switch',
      as: 'refused',
      text: 'LinuxKit refuses it too; put & behind the command and --gui or a redirection before it',
    },
  ],
  load: () => import('./run.js'),
};
