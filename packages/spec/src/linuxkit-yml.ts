// Generated from schema/linuxkit.schema.json by generate.mjs. Change the schema, not this file.

/**
 * An unsigned integer of 32 bits.
 */
export type Uint32 = number;
/**
 * A signed integer of 64 bits.
 */
export type Int64 = number | bigint;
/**
 * An unsigned integer of 64 bits; 18446744073709551615 often means unlimited.
 */
export type Uint64 = number | bigint;
/**
 * An unsigned integer of 16 bits.
 */
export type Uint16 = number;
/**
 * A variable: its default value, or a mapping. Without a default it needs a value from a variant, from `--set`, or from the environment.
 */
export type Variable =
  | {
      /**
       * The value where nothing else gives one. A number is taken as it is written: `1.10` stays `1.10`.
       */
      default?: string | number | boolean;
      /**
       * Take the value of the environment variable of this name, where it is set.
       */
      env?: boolean;
    }
  | string
  | number
  | boolean
  | null;

/**
 * A LinuxKit YAML: what one operating system is made of.
 */
export interface LinuxkitYml {
  /**
   * YAML files that are merged before this one, relative to it. Entries of this file may change theirs by `$patch`.
   */
  extends?: string[];
  /**
   * The kernel image and its command line.
   */
  kernel?: Kernel;
  /**
   * References of images that are unpacked into `/`, in order.
   */
  init?: string[];
  /**
   * Directories shared by containers.
   */
  volumes?: Volume[];
  /**
   * Containers run one after another before the services.
   */
  onboot?: Container[];
  /**
   * Containers run one after another on a clean shutdown.
   */
  onshutdown?: Container[];
  /**
   * Containers that run as long as the system does.
   */
  services?: Container[];
  /**
   * Files of the root file system; they win over those of images.
   */
  files?: File[];
  /**
   * What must be signed; the plugin option `signatures` says by whom.
   */
  trust?: Trust;
  /**
   * Formats to build. Default: the option of the plugin, else `kernel+initrd`.
   */
  outputs?: Output[];
  /**
   * Where the images of services lie: in containerd's store, into which they are imported at boot with the layers that they share. Default: each is unpacked below `containers/`.
   */
  imageStore?: 'containerd';
  /**
   * Platforms to build for, as `os/arch[/variant]`.
   */
  platforms?: string[];
  /**
   * Names that stand for values in this file: `${NAME}` in any text; `$${` is a plain `${`. Without this key the file is taken as it is written.
   */
  variables?: {
    [k: string]: Variable;
  };
  /**
   * Further systems that this file describes, each with values of its own for variables. A variant `debug` of `my-os` is the project `my-os-debug`.
   */
  variants?: {
    [k: string]: Variant;
  };
}
/**
 * The kernel image and its command line. Without `image` the section has no effect.
 */
export interface Kernel {
  /**
   * Reference of the image: `name[:tag][@digest]`, `docker-daemon:`, `docker-archive:`, `oci:`, `oci-archive:` or `@pkg:` for a package.
   */
  image?: string;
  /**
   * Kernel command line, written as it is.
   */
  cmdline?: string;
  /**
   * Path of the kernel inside the image, without a leading slash.
   */
  binary?: string;
  /**
   * Path of the tarball of modules inside the image; `none` or the empty string for no tarball.
   */
  tar?: string;
  /**
   * Path of an uncompressed cpio archive of microcode inside the image, which goes before the initrd. It may be missing.
   */
  ucode?: string;
}
/**
 * A directory shared by containers: blank, or filled from an image. Containers name it as the source of `binds` or `mounts`.
 */
export interface Volume {
  /**
   * Name, made of `a-z`, `0-9`, `_` and `-`, unique.
   */
  name?: string;
  /**
   * Reference of the image: `name[:tag][@digest]`, `docker-daemon:`, `docker-archive:`, `oci:`, `oci-archive:` or `@pkg:` for a package. Without it the volume is blank.
   */
  image?: string;
  /**
   * Every container must mount the volume with `ro`.
   */
  readonly?: boolean;
  /**
   * `filesystem`: the files of the image; `oci`: the image itself, as an OCI layout.
   */
  format?: 'filesystem' | 'oci';
  /**
   * With `format: oci`: which platforms of the image to include, as `os/arch[/variant]`. Default: all.
   */
  platforms?: string[];
  /**
   * Put this entry in the place of the inherited one that has its name, or `delete` that one.
   */
  $patch?: 'replace' | 'delete';
}
/**
 * A container. A key that is absent falls back to the label `org.mobyproject.config` of the image, then to its configuration; an empty list or map replaces them.
 */
export interface Container {
  /**
   * Name: directory, containerd id, and alias of a user and group id. Unique among `services`.
   */
  name: string;
  /**
   * Reference of the image: `name[:tag][@digest]`, `docker-daemon:`, `docker-archive:`, `oci:`, `oci-archive:` or `@pkg:` for a package.
   */
  image: string;
  /**
   * Capabilities, such as `CAP_NET_ADMIN`; `all` or `none` alone. Replaces the list of the label. Default: none.
   */
  capabilities?: string[];
  /**
   * Capabilities to add to those of the label. Without effect beside `capabilities`.
   */
  'capabilities.add'?: string[];
  /**
   * Ambient capabilities; `all` or `none` alone.
   */
  ambient?: string[];
  /**
   * Mounts in full form. One with the same destination replaces a default mount, a tmpfs or a bind.
   */
  mounts?: Mount[];
  /**
   * Bind mounts, `source:destination[:option,option]`; the source is a path or a volume. Default options: `rw,rbind,rshared`. Replaces the list of the label.
   */
  binds?: string[];
  /**
   * Bind mounts to add to those of the label. Without effect beside `binds`.
   */
  'binds.add'?: string[];
  /**
   * Device nodes.
   */
  devices?: Device[];
  /**
   * Mounts of tmpfs, `destination[:option,option]`.
   */
  tmpfs?: string[];
  /**
   * Command; replaces entrypoint and command of the image.
   */
  command?: string[];
  /**
   * Environment, `NAME=value`; replaces that of the image.
   */
  env?: string[];
  /**
   * Working directory. Default: that of the image, else `/`.
   */
  cwd?: string;
  /**
   * Network namespace: `host` or `root` for that of the host, `new`, `none` for a new one, else the path of one. Default: the host.
   */
  net?: string;
  /**
   * PID namespace: `host` or `root` for that of the host, `new` for a new one, else the path of one. Default: new.
   */
  pid?: string;
  /**
   * IPC namespace: `host` or `root` for that of the host, `new` for a new one, else the path of one. Default: the host.
   */
  ipc?: string;
  /**
   * UTS namespace: `host` or `root` for that of the host, `new` for a new one, else the path of one. Default: the host.
   */
  uts?: string;
  /**
   * User namespace: `host` or `root` for that of the host, `new` for a new one, else the path of one. Default: the host.
   */
  userns?: string;
  /**
   * Host name; of use with `uts: new`.
   */
  hostname?: string;
  /**
   * Root file system read-only.
   */
  readonly?: boolean;
  /**
   * Paths to hide.
   */
  maskedPaths?: string[];
  /**
   * Paths to make read-only.
   */
  readonlyPaths?: string[];
  /**
   * User: a number, `root`, or the name of a container.
   */
  uid?: string | number;
  /**
   * Group: a number, `root`, or the name of a container.
   */
  gid?: string | number;
  /**
   * Additional groups, as `gid`.
   */
  additionalGids?: (string | number)[];
  /**
   * No new privileges by `execve`.
   */
  noNewPrivileges?: boolean;
  /**
   * Adjustment of the OOM score.
   */
  oomScoreAdj?: Int64;
  /**
   * Propagation of the root mount: `shared`, `slave`, `private` or `unbindable`.
   */
  rootfsPropagation?: string;
  /**
   * Path of the cgroup.
   */
  cgroupsPath?: string;
  /**
   * Limits of the cgroup.
   */
  resources?: Resources;
  /**
   * Kernel parameters; values are strings, quote numbers.
   */
  sysctl?: {
    [k: string]: string;
  };
  /**
   * Limits, `name,soft,hard`; values are numbers or `unlimited`.
   */
  rlimits?: string[];
  /**
   * User ids of the user namespace.
   */
  uidMappings?: IdMapping[];
  /**
   * Group ids of the user namespace.
   */
  gidMappings?: IdMapping[];
  /**
   * Annotations; values are strings.
   */
  annotations?: {
    [k: string]: string;
  };
  /**
   * What to do around the start of the container.
   */
  runtime?: Runtime;
  /**
   * Put this entry in the place of the inherited one that has its name, or `delete` that one.
   */
  $patch?: 'replace' | 'delete';
}
/**
 * A mount, in the full form of the OCI runtime specification.
 */
export interface Mount {
  /**
   * Where to mount; by default the usual place of `proc`, `devpts`, `sysfs`, `cgroup` or `mqueue`.
   */
  destination?: string;
  /**
   * Type of file system; inferred from a source of `proc`, `devpts`, `sysfs`, `cgroup` or `mqueue`, and `tmpfs` for `/dev`. `bind` takes a volume as its source.
   */
  type?: string;
  /**
   * Device, path or volume. Default: the type.
   */
  source?: string;
  /**
   * Mount options, used as they are.
   */
  options?: string[];
  /**
   * User ids of an idmapped mount.
   */
  uidmappings?: IdMapping[];
  /**
   * Group ids of an idmapped mount.
   */
  gidmappings?: IdMapping[];
}
/**
 * A range of ids in a user namespace.
 */
export interface IdMapping {
  /**
   * First id on the host.
   */
  hostID?: Uint32;
  /**
   * First id in the container.
   */
  containerID?: Uint32;
  /**
   * Number of ids.
   */
  size?: Uint32;
}
/**
 * A device node, with a cgroup rule that allows its use. `path: all` gives only the rule, for all devices of the type.
 */
export interface Device {
  /**
   * Path in the container, or `all`.
   */
  path?: string;
  /**
   * `c` for a character device, `b` for a block device, `p` for a FIFO, `a` for all.
   */
  type?: string;
  /**
   * Major number.
   */
  major?: Int64 & number;
  /**
   * Minor number.
   */
  minor?: Int64 & number;
  /**
   * Permission bits in octal, quoted. Required, unless `path` is `all`.
   */
  mode?: string;
}
/**
 * Limits of the cgroup, as `linux.resources` of the OCI runtime specification.
 */
export interface Resources {
  /**
   * Rules of the device cgroup, in order.
   */
  devices?: DeviceRule[];
  /**
   * Limits of memory.
   */
  memory?: Memory;
  /**
   * Shares and limits of processors.
   */
  cpu?: Cpu;
  /**
   * Limit of tasks.
   */
  pids?: Pids;
  /**
   * Weights and limits of block devices.
   */
  blockio?: BlockIo;
  /**
   * The same as `blockio`, in the spelling of the OCI runtime specification.
   */
  blockIO?: BlockIo;
  /**
   * Limits of huge pages.
   */
  hugepageLimits?: HugepageLimit[];
  /**
   * Class and priorities of network traffic.
   */
  network?: NetworkLimits;
}
/**
 * A rule of the device cgroup.
 */
export interface DeviceRule {
  /**
   * Allow or deny.
   */
  allow?: boolean;
  /**
   * `c`, `b` or `a`.
   */
  type?: string;
  /**
   * Major number; all if absent.
   */
  major?: Int64;
  /**
   * Minor number; all if absent.
   */
  minor?: Int64;
  /**
   * Any of `r`, `w` and `m`.
   */
  access?: string;
}
/**
 * Limits of memory.
 */
export interface Memory {
  /**
   * Limit in bytes.
   */
  limit?: Int64;
  /**
   * Soft limit in bytes.
   */
  reservation?: Int64;
  /**
   * Limit of memory and swap in bytes.
   */
  swap?: Int64;
  /**
   * Limit of kernel memory in bytes.
   */
  kernel?: Int64;
  /**
   * Limit of TCP buffers in bytes.
   */
  kernelTCP?: Int64;
  /**
   * Tendency to swap, 0 to 100.
   */
  swappiness?: Uint64;
  /**
   * Disable the OOM killer.
   */
  disableOOMKiller?: boolean;
}
/**
 * Shares and limits of processors.
 */
export interface Cpu {
  /**
   * Relative share.
   */
  shares?: Uint64;
  /**
   * Microseconds of processor time in a period.
   */
  quota?: Int64;
  /**
   * Length of a period in microseconds.
   */
  period?: Uint64;
  /**
   * Microseconds of realtime scheduling in a period.
   */
  realtimeRuntime?: Int64;
  /**
   * Length of a realtime period in microseconds.
   */
  realtimePeriod?: Uint64;
  /**
   * Processors to use, such as `0-1`.
   */
  cpus?: string;
  /**
   * Memory nodes to use, such as `0`.
   */
  mems?: string;
}
/**
 * Limit of tasks.
 */
export interface Pids {
  /**
   * Largest number of tasks.
   */
  limit?: Int64 & number;
}
/**
 * Weights and limits of block devices.
 */
export interface BlockIo {
  /**
   * Weight.
   */
  weight?: Uint16;
  /**
   * Weight against child cgroups.
   */
  leafWeight?: Uint16;
  /**
   * Weights by device.
   */
  weightDevice?: WeightDevice[];
  /**
   * Bytes read a second.
   */
  throttleReadBpsDevice?: ThrottleDevice[];
  /**
   * Bytes written a second.
   */
  throttleWriteBpsDevice?: ThrottleDevice[];
  /**
   * Reads a second.
   */
  throttleReadIOPSDevice?: ThrottleDevice[];
  /**
   * Writes a second.
   */
  throttleWriteIOPSDevice?: ThrottleDevice[];
}
/**
 * Weight of one block device.
 */
export interface WeightDevice {
  /**
   * Major number.
   */
  major?: Int64 & number;
  /**
   * Minor number.
   */
  minor?: Int64 & number;
  /**
   * Weight.
   */
  weight?: Uint16;
  /**
   * Weight against child cgroups.
   */
  leafWeight?: Uint16;
}
/**
 * Rate limit of one block device.
 */
export interface ThrottleDevice {
  /**
   * Major number.
   */
  major?: Int64 & number;
  /**
   * Minor number.
   */
  minor?: Int64 & number;
  /**
   * Bytes or operations a second.
   */
  rate?: Uint64 & number;
}
/**
 * Limit of one size of huge pages.
 */
export interface HugepageLimit {
  /**
   * Size of a page: in bytes, or as `2MB`.
   */
  pageSize?: number | string;
  /**
   * Limit in bytes.
   */
  limit?: Uint64 & number;
}
/**
 * Class and priorities of network traffic.
 */
export interface NetworkLimits {
  /**
   * Class of the packets.
   */
  classID?: Uint32;
  /**
   * Priorities by interface.
   */
  priorities?: InterfacePriority[];
}
/**
 * Priority of traffic of one interface.
 */
export interface InterfacePriority {
  /**
   * Name of the interface.
   */
  name?: string;
  /**
   * Priority.
   */
  priority?: Uint32;
}
/**
 * What to do around the start of the container; it is written to `runtime.json`.
 */
export interface Runtime {
  /**
   * Cgroups to make before the container.
   */
  cgroups?: string[];
  /**
   * File systems to mount in the root namespace before the container. A relative destination lies in its root file system.
   */
  mounts?: Mount[];
  /**
   * Directories to make after the mounts, with mode 0755. A relative one lies in the root file system of the container.
   */
  mkdir?: string[];
  /**
   * Network interfaces to give to the container before it starts.
   */
  interfaces?: Interface[];
  /**
   * Paths on which to bind its namespaces.
   */
  bindNS?: BindNamespaces;
  /**
   * containerd namespace of a service. Default: `services.linuxkit`.
   */
  namespace?: string;
}
/**
 * A network interface to make for the container or to move into it.
 */
export interface Interface {
  /**
   * Name in the container. Required at boot.
   */
  name?: string;
  /**
   * Make an interface of this type, such as `veth` or `wireguard`.
   */
  add?: string;
  /**
   * Name of the other end of a `veth` pair; implies `add: veth`.
   */
  peer?: string;
  /**
   * Make it in the root namespace, then move it.
   */
  createInRoot?: boolean;
}
/**
 * Paths on which to bind the namespaces of the container, so that others can join them.
 */
export interface BindNamespaces {
  /**
   * Path for the cgroup namespace.
   */
  cgroup?: string;
  /**
   * Path for the IPC namespace.
   */
  ipc?: string;
  /**
   * Path for the mount namespace.
   */
  mnt?: string;
  /**
   * Path for the network namespace.
   */
  net?: string;
  /**
   * Path for the PID namespace.
   */
  pid?: string;
  /**
   * Path for the user namespace.
   */
  user?: string;
  /**
   * Path for the UTS namespace.
   */
  uts?: string;
}
/**
 * A file, directory or symbolic link of the root file system. Exactly one of `directory`, `symlink`, `contents`, `source` and `metadata` says what it is; `directory` and `source` together are a local folder with its files.
 */
export interface File {
  /**
   * Path in the root file system; a leading slash is dropped. Required.
   */
  path?: string;
  /**
   * Make a directory. With `source`: take all files of a local folder.
   */
  directory?: boolean;
  /**
   * Make a symbolic link with this target, taken as it is.
   */
  symlink?: string;
  /**
   * The literal contents; may be empty.
   */
  contents?: string;
  /**
   * A local file to read, relative to the folder of this YAML, then to the root of the workspace; `~/` is the home directory. With `directory: true`: a local folder. Links in it count as what they lead to.
   */
  source?: string;
  /**
   * Write the final merged configuration in this form.
   */
  metadata?: 'yaml' | 'json';
  /**
   * With `source`: leave the entry out if the file does not exist, or if no file of the folder is taken.
   */
  optional?: boolean;
  /**
   * Permission bits in octal, quoted. Default: `0600` for a file, `0700` for a directory. For a folder with its files: the bits of the files; directories get x for each class that has any bit.
   */
  mode?: string;
  /**
   * Owner: a number, `root`, or the name of a container.
   */
  uid?: string | number;
  /**
   * Group: a number, `root`, or the name of a container.
   */
  gid?: string | number;
  /**
   * For a folder: take these files alone. Patterns are those of .gitignore, relative to the folder: `*.conf` matches at any depth, `/bin/` is a folder with all below it. Default: all files.
   */
  include?: string[];
  /**
   * For a folder: leave these files out, by patterns as in `include`; `!` in front takes files in again.
   */
  exclude?: string[];
  /**
   * For a folder: other owners and modes for some of its files. A later rule wins.
   */
  rules?: FileRule[];
  /**
   * Put this entry in the place of the inherited one that has its path, or `delete` that one.
   */
  $patch?: 'replace' | 'delete';
}
/**
 * Owner and mode of some files of a folder.
 */
export interface FileRule {
  /**
   * The files and directories, by patterns as in `include`.
   */
  match: string[];
  /**
   * Permission bits in octal, quoted.
   */
  mode?: string;
  /**
   * Owner: a number, `root`, or the name of a container.
   */
  uid?: string | number;
  /**
   * Group: a number, `root`, or the name of a container.
   */
  gid?: string | number;
}
/**
 * Images and organisations whose signatures must verify. Each image needs a rule in the plugin option `signatures`; without that option builds only warn.
 */
export interface Trust {
  /**
   * References of images, with or without their tags.
   */
  image?: string[];
  /**
   * Organisations: all of their images. The first part of a name, such as `linuxkit` or `ghcr.io/team`.
   */
  org?: string[];
}
/**
 * One output format.
 */
export interface Output {
  /**
   * Name of the format, such as `kernel+initrd`, `iso-bios`, `iso-efi`, `raw-efi`, `qcow2-bios`, `tar`.
   */
  format: string;
  /**
   * Least size of a disk, as `1024M` or `2G`; a number alone is in GiB. Default: as large as its content. For formats that are disks.
   */
  size?: string;
  /**
   * Start the kernel by its EFI stub, as one unified kernel image, instead of by GRUB. For `raw-efi` and `qcow2-efi`.
   */
  uki?: boolean;
  /**
   * Compress the clusters. For `qcow2-bios`, `qcow2-efi` and `qcow2-ab`.
   */
  compressed?: boolean;
  /**
   * Where the root lies: `initramfs` (default), unpacked in memory; `erofs`, in memory as a compressed file system that is mounted; or `verity`, for `ab` and `qcow2-ab`, on a partition whose blocks dm-verity checks. For formats that hold an initrd.
   */
  root?: string;
  /**
   * Version of the system on a disk with room for two; in quotes; the loader starts the highest that boots. Default: `0`. For `ab` and `qcow2-ab`.
   */
  version?: string;
  /**
   * Accepted from the oldest documents, without effect.
   */
  project?: string;
  /**
   * Accepted from the oldest documents, without effect.
   */
  bucket?: string;
  /**
   * Accepted from the oldest documents, without effect.
   */
  family?: string;
  /**
   * Accepted from the oldest documents, without effect.
   */
  keys?: string;
  /**
   * Accepted from the oldest documents, without effect.
   */
  public?: boolean;
  /**
   * Accepted from the oldest documents, without effect.
   */
  replace?: boolean;
}
/**
 * The values of one variant. They win over defaults and the environment.
 */
export interface Variant {
  [k: string]: string | number | boolean;
}
