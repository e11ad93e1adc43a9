import { likenesses } from './likeness.js';

const pattern = {
  oneOf: [
    { type: 'string', description: 'A text that a line contains.' },
    {
      type: 'object',
      description: 'A regular expression tried on each line.',
      properties: { regex: { type: 'string' }, flags: { type: 'string' } },
      required: ['regex'],
      additionalProperties: false,
    },
  ],
} as const;

const disk = {
  oneOf: [
    { type: 'string', description: '[file=]path[,size=N[M|G]][,format=raw|qcow2]; a bare N is GiB.' },
    {
      type: 'object',
      properties: {
        path: { type: 'string', description: 'Default: disk<n>.img in the state folder.' },
        size: { type: 'integer', minimum: 1, description: 'Bytes; the disk is made when it does not exist.' },
        format: { enum: ['raw', 'qcow2'], default: 'raw' },
      },
      additionalProperties: false,
    },
  ],
} as const;

const http = {
  // A list of types, because Nx sets the defaults of a plain object, and fails where the value is no object.
  type: ['object'],
  properties: {
    port: {
      type: 'integer',
      minimum: 1,
      maximum: 65535,
      description: "The guest's port; it must be published.",
    },
    path: { type: 'string', default: '/' },
    status: { type: 'integer', default: 200 },
    body: { ...pattern, description: 'What the body contains.' },
  },
  required: ['port'],
  additionalProperties: false,
} as const;

/** Options of a machine that can be written as JSON. The medium is not among them: it comes from the build. */
const machineProperties = {
  arch: {
    enum: ['amd64', 'arm64', 'riscv64'],
    description: 'Architecture of the guest; default: that of the system.',
  },
  memory: { type: 'integer', minimum: 1, description: 'Memory in MiB.', default: 1024 },
  cpus: { type: 'integer', minimum: 1, description: 'Number of virtual CPUs.', default: 1 },
  publish: {
    type: 'array',
    items: { type: 'string' },
    description: 'Ports of the guest on this host: [address:]host:guest[/tcp|udp]; host 0 is any free port.',
  },
  disks: { type: 'array', items: disk, description: 'Further disks, attached in this order.' },
  diskBus: {
    enum: ['virtio', 'scsi', 'sata', 'nvme', 'pvscsi', 'ide'],
    description:
      'Bus of all disks; the guest sees vda, sda (scsi, sata, pvscsi, ide) or nvme0n1. Default: virtio, and what the format of the boot disk expects.',
  },
  machine: {
    enum: ['pc', 'q35', 'microvm'],
    description:
      'The PC on amd64: pc by default, q35, which has AHCI in place of IDE, or microvm, which has no firmware and starts kernels alone.',
  },
  like: {
    enum: likenesses,
    description:
      'Hardware of a cloud or hypervisor, as far as QEMU has it: bus of the disks, network card, firmware. Other options come first.',
  },
  card: { enum: ['virtio', 'vmxnet3'], description: 'The network card.', default: 'virtio' },
  network: { enum: ['user', 'none'], description: "QEMU's user network, or none.", default: 'user' },
  lan: {
    type: 'string',
    description:
      'A further card on a network of machines of this host: those that give the same name reach each other. It serves no addresses.',
  },
  accel: {
    enum: ['tcg', 'kvm', 'hvf', 'whpx'],
    description: 'Accelerator: tcg is software and behaves the same everywhere.',
    default: 'tcg',
  },
  state: { type: 'string', description: 'Folder for UEFI variables and disks; default a temporary one.' },
  uefi: {
    type: ['object'],
    description: 'UEFI firmware; by default it is looked for where distributions put it.',
    properties: { code: { type: 'string' }, vars: { type: 'string' } },
    required: ['code', 'vars'],
    additionalProperties: false,
  },
  qemu: {
    type: 'string',
    description: 'Program to run; default: qemu-system-x86_64 or qemu-system-aarch64 on the PATH.',
  },
  args: { type: 'array', items: { type: 'string' }, description: 'Further arguments for QEMU.' },
} as const;

/** JSON Schema of the options of `boot` and of its terminal that can be written as JSON. */
export const bootProperties = {
  ...machineProperties,
  on: {
    type: 'string',
    description:
      'What runs the system in the place of QEMU: firecracker, cloud-hypervisor, vfkit, virtualbox, vmware or hyperv; or a cloud, after a push: aws, azure, gcp, openstack, digitalocean, hetzner, scaleway, proxmox or vcenter.',
  },
  with: {
    // A list of types, because Nx sets the defaults of a plain object, and fails where the value is no object.
    type: ['object'],
    description: 'Options of the cloud, such as `--with.machine-type=t3.small`.',
  },
  data: {
    type: 'string',
    description: 'User data for the guest, as a text.',
  },
  dataFile: {
    type: 'string',
    description: 'User data for the guest, as a file of the workspace.',
  },
  dataDisk: {
    enum: ['cidata', 'config-2', 'config'],
    description:
      'Label and files of the disk with the user data: those of NoCloud, of OpenStack, or of LinuxKit.',
    default: 'cidata',
  },
  interrupt: {
    enum: ['end', 'guest'],
    description:
      'What Ctrl-C does on the terminal: it ends the machine, or the guest gets it. Ctrl-A x always ends it.',
    default: 'end',
  },
} as const;

/** JSON Schema of the options of `bootTest` that can be written as JSON. */
export const bootTestProperties = {
  ...machineProperties,
  expect: { type: 'array', items: pattern, description: 'What the console must show.' },
  order: {
    enum: ['given', 'any'],
    description: 'Whether the patterns must come one after the other.',
    default: 'given',
  },
  http: { type: 'array', items: http, description: 'Requests that must be answered.' },
  powerOff: { type: 'boolean', description: 'The guest must power off at the end.', default: false },
  failOn: {
    type: 'array',
    items: pattern,
    description:
      'What the console must not show, besides a kernel panic and a failed unpacking of the initramfs.',
  },
  timeout: { type: 'number', exclusiveMinimum: 0, description: 'Time limit in seconds.', default: 120 },
  consoleLog: { type: 'string', description: 'File for the console.' },
} as const;
