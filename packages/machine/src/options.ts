/** Architectures by their OCI names. */
export type Architecture = 'amd64' | 'arm64' | 'riscv64';
export type Firmware = 'bios' | 'uefi';
export type DiskInterface = 'virtio' | 'ide' | 'scsi' | 'nvme';
/** Formats by QEMU's names; `vpc` is VHD. */
export type DiskFormat = 'raw' | 'qcow2' | 'vmdk' | 'vpc';
export type Accelerator = 'tcg' | 'kvm' | 'hvf' | 'whpx';

/** QEMU's own loader; `uefi` starts the kernel through its EFI stub. */
export interface KernelMedium {
  readonly kind: 'kernel';
  readonly kernel: string;
  readonly initrd?: string;
  readonly cmdline?: string;
  /** Image of the root file system (squashfs, erofs, ISO): the first disk, read-only, named by `root=` unless cmdline has one. */
  readonly root?: string;
  /** Default `bios` on amd64; arm64 and riscv64 need no firmware here. */
  readonly firmware?: Firmware;
}

export interface DiskMedium {
  readonly kind: 'disk';
  readonly path: string;
  readonly format?: DiskFormat;
  readonly interface?: DiskInterface;
  readonly firmware?: Firmware;
  /** Let the guest change the image. Default false: a build's output stays as built. */
  readonly writable?: boolean;
  /** It is `disk.raw` in a tar.gz, as Google imports it; unpacked before it is booted. */
  readonly archived?: boolean;
}

export interface IsoMedium {
  readonly kind: 'iso';
  readonly path: string;
  readonly firmware?: Firmware;
}

/** An EFI program, such as a unified kernel image: what UEFI finds on an otherwise empty disk. */
export interface EfiMedium {
  readonly kind: 'efi';
  readonly path: string;
  readonly firmware?: Firmware;
}

export type BootMedium = KernelMedium | DiskMedium | IsoMedium | EfiMedium;

/** A host port forwarded to the guest; host 0 is any free port. */
export interface PublishedPort {
  readonly host: number;
  readonly guest: number;
  readonly protocol: 'tcp' | 'udp';
  /** Address on the host to listen on; default loopback. */
  readonly address?: string;
}

/** A further disk. Without a size it must exist; with one it is made (sparse) when it does not. */
export interface ExtraDisk {
  /** Default `disk<n>.img` in the state folder. */
  readonly path?: string;
  /** Bytes. */
  readonly size?: number;
  readonly format?: 'raw' | 'qcow2';
}

/** A pair of UEFI images: code, and the template of the variables. */
export interface UefiImages {
  readonly code: string;
  readonly vars: string;
}

export interface MachineOptions {
  readonly medium: BootMedium;
  /** Default: the host's architecture plays no part, it is `amd64`. */
  readonly arch?: Architecture;
  /** MiB. Default 1024, as LinuxKit. */
  readonly memory?: number;
  readonly cpus?: number;
  /** `[address:]host:guest[/tcp|udp]`. */
  readonly publish?: readonly (string | PublishedPort)[];
  /** `[file=]path[,size=N[M|G]][,format=raw|qcow2]`; a bare N is GiB, as in LinuxKit. */
  readonly disks?: readonly (string | ExtraDisk)[];
  readonly network?: 'user' | 'none';
  /** Default `tcg`, which behaves the same everywhere; hardware only when asked for. */
  readonly accel?: Accelerator;
  /** Folder for UEFI variables and disks; default a temporary one, removed afterwards. */
  readonly state?: string;
  readonly uefi?: UefiImages;
  /** QEMU's program; default `qemu-system-<arch>` on the PATH. */
  readonly qemu?: string;
  /** Further QEMU arguments, put last. */
  readonly args?: readonly string[];
}

export interface BootOptions extends MachineOptions {
  /** `terminal`: this process' own input and output. `pipe`: `RunningMachine.output`. Default `terminal`. */
  readonly console?: 'terminal' | 'pipe';
  /** End when the guest reboots. Default false. */
  readonly noReboot?: boolean;
}

/** A text that a console line contains, or a regular expression tried on each line. */
export type ConsolePattern = string | RegExp | { readonly regex: string; readonly flags?: string };

export interface HttpCheck {
  /** The guest's port; it must be published. */
  readonly port: number;
  readonly path?: string;
  /** Default 200. */
  readonly status?: number;
  /** What the body contains. */
  readonly body?: ConsolePattern;
}

export interface BootTestOptions extends MachineOptions {
  readonly expect?: readonly ConsolePattern[];
  /** Default `given`: each pattern after the one before it. */
  readonly order?: 'given' | 'any';
  readonly http?: readonly HttpCheck[];
  /** Wait for the guest to power off, after everything else. */
  readonly powerOff?: boolean;
  /** Lines that fail the test, besides a kernel panic and a failed unpacking of the initramfs. */
  readonly failOn?: readonly ConsolePattern[];
  /** Seconds. Default 120. */
  readonly timeout?: number;
  /** File that gets the cleaned console, whether the test passes or not. */
  readonly consoleLog?: string;
  /** Each console line as it comes. */
  readonly onLine?: (line: string) => void;
}
