/** Architectures of guests, by their OCI names. */
export type Architecture = 'amd64' | 'arm64' | 'riscv64';
/** The architecture of a guest if the options give none. It does not depend on the host. */
export const DEFAULT_ARCHITECTURE: Architecture = 'amd64';
/** What starts the medium. */
export type Firmware = 'bios' | 'uefi';
/**
 * The bus by which the guest sees a disk. Its names are vda, sda (`ide`, `scsi`, `sata` and VMware's `pvscsi`) and
 * nvme0n1.
 */
export type DiskInterface = 'virtio' | 'ide' | 'scsi' | 'sata' | 'nvme' | 'pvscsi';
/** Platforms that a machine can resemble. */
export type Likeness = 'aws-nitro' | 'gcp' | 'azure-gen2' | 'vmware' | 'hyperv-gen1';
/** Formats of disk images by QEMU's names; `vpc` is VHD. */
export type DiskFormat = 'raw' | 'qcow2' | 'vmdk' | 'vpc' | 'vhdx';
/** QEMU's accelerators. `tcg` is software and works on every host. */
export type Accelerator = 'tcg' | 'kvm' | 'hvf' | 'whpx';

/** A kernel that QEMU loads itself. With the firmware `uefi` the kernel is started through its EFI stub. */
export interface KernelMedium {
  readonly kind: 'kernel';
  /** Path of the kernel. */
  readonly kernel: string;
  /** Path of the initrd. */
  readonly initrd?: string;
  /** The kernel command line itself. */
  readonly cmdline?: string;
  /**
   * Path of an image of the root file system (squashfs, erofs, ISO). It becomes the first disk, read-only, and
   * `root=` names it unless `cmdline` has a `root=`.
   */
  readonly root?: string;
  /** Default `bios` on amd64; on arm64 and riscv64 none, as QEMU starts the kernel directly. */
  readonly firmware?: Firmware;
}

/** A disk image with a boot loader. */
export interface DiskMedium {
  readonly kind: 'disk';
  /** Path of the image. */
  readonly path: string;
  /** Default `raw`. */
  readonly format?: DiskFormat;
  /** Default `virtio`. The option `diskBus` of the machine takes precedence. */
  readonly interface?: DiskInterface;
  /** Default `bios` on amd64, else `uefi`. */
  readonly firmware?: Firmware;
  /** Whether the guest may change the image. Default false: the output of a build stays as built. */
  readonly writable?: boolean;
  /**
   * The image's name in the tar or tar.gz that `path` is: an OVA, or a disk as Google imports it. It is unpacked before
   * the boot.
   */
  readonly archived?: string;
}

/** An ISO image, attached as a CD. */
export interface IsoMedium {
  readonly kind: 'iso';
  /** Path of the image. */
  readonly path: string;
  /** Default `bios` on amd64, else `uefi`. */
  readonly firmware?: Firmware;
}

/** An EFI program, such as a unified kernel image. UEFI finds it as the only file of a disk. */
export interface EfiMedium {
  readonly kind: 'efi';
  /** Path of the program. */
  readonly path: string;
  /** Only `uefi`, which is the default. */
  readonly firmware?: Firmware;
}

/**
 * An iPXE script, which the machine fetches over its network, and then what it names. QEMU serves the script's folder
 * by TFTP to this machine alone.
 */
export interface NetbootMedium {
  readonly kind: 'netboot';
  /** Path of the script. */
  readonly path: string;
  /** Default `bios`. */
  readonly firmware?: Firmware;
}

/** What a machine boots. */
export type BootMedium = KernelMedium | DiskMedium | IsoMedium | EfiMedium | NetbootMedium;

/** A port of the guest, published on a port of the host. Host port 0 stands for any free port. */
export interface PublishedPort {
  readonly host: number;
  readonly guest: number;
  readonly protocol: 'tcp' | 'udp';
  /** Address of the host to listen on. Default: 127.0.0.1. */
  readonly address?: string;
}

/** A further disk. If it does not exist, it is made as an empty image of `size`, which is then required. */
export interface ExtraDisk {
  /** Default `disk<n>.img` in the state folder. */
  readonly path?: string;
  /** Bytes. */
  readonly size?: number;
  /** Default `raw`. */
  readonly format?: 'raw' | 'qcow2';
}

/**
 * Paths of a UEFI firmware: its code, and the template of its variables. A firmware of one file holds its variables
 * itself.
 */
export interface UefiImages {
  readonly code: string;
  readonly vars?: string;
}

/** The networks of a machine. */
export type Network = 'user' | 'none' | `tap,${string}` | `bridge,${string}`;

/** Options of a machine, for `boot` and `bootTest`. */
export interface MachineOptions {
  readonly medium: BootMedium;
  /** Default `amd64`, on every host. */
  readonly arch?: Architecture;
  /** MiB. Default 1024. */
  readonly memory?: number;
  /** Number of virtual CPUs. Default 1. */
  readonly cpus?: number;
  /** `[address:]host:guest[/tcp|udp]`. */
  readonly publish?: readonly (string | PublishedPort)[];
  /** `[file=]path[,size=N[M|G]][,format=raw|qcow2]`; a size without a unit is in GiB, as in LinuxKit. */
  readonly disks?: readonly (string | ExtraDisk)[];
  /** The bus of the boot disk and of all further disks. Default: `virtio`, and what the boot disk's format expects. */
  readonly diskBus?: DiskInterface;
  /**
   * The PC: `pc` by default, `q35`, which has AHCI in place of IDE, or `microvm`, which has no firmware and starts kernels alone. On amd64
   * only.
   */
  readonly machine?: 'pc' | 'q35' | 'microvm';
  /** Hardware of a cloud or hypervisor, as far as QEMU has it. What other options say comes first. */
  readonly like?: Likeness;
  /** The network card: `virtio` by default, or VMware's. */
  readonly card?: 'virtio' | 'vmxnet3';
  /** Paths of further ISO images, attached as CDs. */
  readonly cds?: readonly string[];
  /** Default `none`; `window` opens one, by QEMU's own default. */
  readonly display?: 'none' | 'window';
  /**
   * Default `user`: QEMU's user network, with published ports as the only way in. `tap,<device>` and `bridge,<bridge>` join
   * a network of the host.
   */
  readonly network?: Network;
  /** Address of the network card. Default: QEMU's, which two machines of one network must not share. */
  readonly mac?: string;
  /** A network of this host's machines, by a name: those that give the same one reach each other, by a further card. */
  readonly lan?: string;
  /** Default `tcg`, which behaves the same on every host. */
  readonly accel?: Accelerator;
  /** Folder for UEFI variables and disks. Default: a temporary folder, which is removed afterwards. */
  readonly state?: string;
  /** Default: the firmware of the distribution or of QEMU itself. */
  readonly uefi?: UefiImages;
  /** Path of QEMU. Default: `qemu-system-<arch>` on the PATH. */
  readonly qemu?: string;
  /** Further arguments for QEMU, behind all others. */
  readonly args?: readonly string[];
}

/** Options of `boot`. */
export interface BootOptions extends MachineOptions {
  /** Whether the machine ends when the guest reboots. Default false. */
  readonly noReboot?: boolean;
}

/** A text that a console line contains, or a regular expression tried on each line. */
export type ConsolePattern = string | RegExp | { readonly regex: string; readonly flags?: string };

/** An HTTP request that the guest must answer. It is repeated until the answer passes or the time limit is over. */
export interface HttpCheck {
  /** Port of the guest, which must be published. */
  readonly port: number;
  /** Default `/`. */
  readonly path?: string;
  /** Expected status. Default 200. */
  readonly status?: number;
  /** A pattern that the body must contain. */
  readonly body?: ConsolePattern;
}

/** Options of `bootTest`: the machine, and what its boot must show. */
export interface BootTestOptions extends MachineOptions {
  /** Patterns that the console must show. */
  readonly expect?: readonly ConsolePattern[];
  /** Whether the patterns must appear in the given order or in any. Default `given`. */
  readonly order?: 'given' | 'any';
  /** HTTP requests that the guest must answer. */
  readonly http?: readonly HttpCheck[];
  /** Whether the guest must power off after everything else. Default false. */
  readonly powerOff?: boolean;
  /** Patterns of lines that fail the test, besides a kernel panic and a failed unpacking of the initramfs. */
  readonly failOn?: readonly ConsolePattern[];
  /** Time limit in seconds. Default 120. */
  readonly timeout?: number;
  /** Path of a file for the console as plain text. It is written whether the test passes or not. */
  readonly consoleLog?: string;
  /** Receives each console line when it is complete. */
  readonly onLine?: (line: string) => void;
}
