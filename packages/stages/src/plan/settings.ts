import type { BuilderName } from '@nx-linuxkit/dockerfile/builders';
import type { LoaderName } from '@nx-linuxkit/formats';
import type { SignaturesOption } from '@nx-linuxkit/signatures/policy';
import { keyOf } from './key.js';
import type { SecureBootSettings } from './secure-boot-settings.js';

/** How the initramfs segments are compressed. LinuxKit's kernels read gzip and zstd only. */
export const compressors = ['gzip', 'zstd', 'none'] as const;

/** One of `compressors`. */
export type Compressor = (typeof compressors)[number];

/** What a build does about an image whose label asks for control over the machine. */
export const privilegePolicies = ['report', 'deny', 'allow'] as const;

/** One of `privilegePolicies`. */
export type PrivilegePolicy = (typeof privilegePolicies)[number];

/** How packages are built. All but `records` is about packages that have a Dockerfile. */
export interface PackageSettings {
  /**
   * Folders, relative to the workspace, whose folders are the packages that a Dockerfile may name by their image names.
   * Default: the folder that the package itself lies in.
   */
  readonly folders?: readonly string[];
  /**
   * What builds Dockerfiles that have RUN: `buildkit`, `buildx`, `buildah`, `podman` or `docker`. Default: the first of these
   * that is there. The environment variable NX_LINUXKIT_BUILDER wins over it.
   */
  readonly builder?: BuilderName;
  /** The platforms of packages that no system names, as far as their `arches` have them. Default: `linux/amd64`. */
  readonly platforms?: readonly string[];
  /**
   * Where images of packages are kept under their keys, such as `registry.example/cache`: a package is taken from there
   * instead of being built.
   */
  readonly registry?: string;
  /**
   * Whether what was built here is pushed there. Default: false. The environment variable NX_LINUXKIT_PACKAGES_PUSH
   * (`true` or `false`) wins over it, so that CI alone pushes.
   */
  readonly push?: boolean;
  /**
   * Whether images out of Debian packages have the records of these (`/var/lib/dpkg/status.d`) and their copyright files,
   * compressed. Default: true.
   */
  readonly records?: boolean;
  /**
   * Secrets for `RUN --mount=type=secret`, as `id=npm,env=NPM_TOKEN` or `id=npm,src=path/of/file`. Like credentials of a
   * registry they are in no key and in no image.
   */
  readonly secrets?: readonly string[];
  /** SSH agents for `RUN --mount=type=ssh`: `default`, or `id=path`. They are in no key. */
  readonly ssh?: readonly string[];
}

/** What a workspace says once for all its operating systems: the options of the Nx plugin. */
export interface Settings {
  /** Formats of an OS whose YAML names none. Default: `kernel+initrd`. */
  readonly outputs?: readonly string[];
  /**
   * Reference, or prefix ending in `/`, to what stands in for it, or to a list that is tried in order: `{"linuxkit/":
   * "@pkg:@nx-linuxkit/images/"}`. A prefix takes the packages that exist, and leaves other references as they are.
   */
  readonly images?: Readonly<Record<string, string | readonly string[]>>;
  /** Registry host to mirrors, tried in order before the registry itself. */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
  /**
   * Registries that may be spoken to over plain HTTP, as `host:port` or as a range of addresses (`10.0.0.0/8`).
   * Loopback always may be.
   */
  readonly insecure?: readonly string[];
  /** A PEM file of certificate authorities to trust beside the system's. */
  readonly caFile?: string;
  /**
   * Bytes per second that a server must send, measured over a minute; 0 for no limit. Default: 1024. A modem was
   * faster, so only a server that holds its clients back is this slow.
   */
  readonly minimumRate?: number;
  /**
   * Seconds that a document, layer or Debian package may take, with all attempts. Default: 10800, in which a line of
   * 1 MB/s brings 10 GB.
   */
  readonly transferTimeout?: number;
  /** Look in the Docker daemon first, as `linuxkit build --docker`. */
  readonly docker?: boolean;
  readonly compressor?: Compressor;
  /** Boot loader to the reference of an image that holds its files. Default: `@pkg:@nx-linuxkit/images/<name>`. */
  readonly loaders?: Readonly<Partial<Record<LoaderName, string>>>;
  /**
   * What a build does about an image whose label asks for control over the machine, such as all capabilities or a bind of
   * `/`: `report` it in one line (default), `deny` it, or `allow` it.
   */
  readonly imagePrivileges?: PrivilegePolicy;
  /** References, with or without tag, or prefixes ending in `/`, whose labels may ask for that under any policy. */
  readonly privilegedImages?: readonly string[];
  /** How packages are built; see [packages from Dockerfiles](../guide/dockerfiles.md). */
  readonly packages?: PackageSettings;
  /** Never write a lock file; a missing entry is an error. Always so when `CI` is set. */
  readonly frozen?: boolean;
  /**
   * Patterns of references whose tags are content hashes, such as `registry.example/team/*:*`: `*` stands for characters
   * within a path segment, `**` for any. They need no lock; a reference by digest needs none either.
   */
  readonly immutable?: readonly string[];
  /** Write the kernel decompressed, for machines that cannot do it themselves. */
  readonly decompressKernel?: boolean;
  /**
   * Write a bill of materials of all images into the root file system, as LinuxKit does: `true` for `sbom.spdx.json`, a text
   * for another path. Default: false. See [SBOM](../guide/sbom.md).
   */
  readonly sbom?: boolean | string;
  /** Let `files` entries set the mode of parent directories that an image has, as LinuxKit does. */
  readonly filesOverrideParents?: boolean;
  /**
   * Reference prefix to the key or the identity that its images must be signed by, and what happens to the images that
   * no prefix names; see [signatures](../guide/signatures.md).
   */
  readonly signatures?: SignaturesOption;
  /**
   * What signs the EFI programs of formats that start a unified kernel image, so that UEFI with Secure Boot boots them; see
   * [Secure Boot](../guide/secure-boot.md). Default: nothing is signed.
   */
  readonly secureBoot?: SecureBootSettings;
  /**
   * Whether an output counts because Nx's cache, local or remote, has it. Default true. With false, Nx caches no task of
   * the plugin, and a stage takes only outputs that were made with this store; all others are made again.
   */
  readonly trustedCache?: boolean;
  /**
   * Kind of target to its name, such as `{"docker": "os-docker"}`. Default: a target is called by its kind, except
   * `docker-context` for `docker`, `export-image` for `export`, `make-image` for `image`, `pull-image` for `pull`, `extract-image` for `extract` and
   * `verify-images` for `verify`, `make-sbom` for `sbom`, because projects of other tools have targets of these names.
   */
  readonly targetNames?: Readonly<Record<string, string>>;
  /** What the names of all targets begin with that `targetNames` does not name, such as `os-`. Default: nothing. */
  readonly targetPrefix?: string;
  /** Where blobs and derived bytes are kept. Default: the user's cache folder. */
  readonly store?: string;
  /**
   * Gigabytes (of 10^9 bytes) that the store may take: a run that fetched something removes what was used longest ago. What
   * no registry has stays, and so does what was used within the hour. 0 for no limit. Default: 20.
   */
  readonly storeLimit?: number;
  /** Debian mirror for packages. Default: the machine's apt configuration. */
  readonly debianMirror?: string;
}

/** What a reference to a package begins with. */
export const PACKAGE_PREFIX = '@pkg:';

/** LinuxKit's compressor, which every kernel reads. */
const DEFAULT_COMPRESSOR: Compressor = 'gzip';

/** The compressor of a workspace. */
export function compressorOf({ compressor = DEFAULT_COMPRESSOR }: Settings): Compressor {
  return compressor;
}

/** A key of the settings that decide bytes; the others only decide where bytes come from. */
export function settingsKey(settings: Settings): string {
  return keyOf({
    compressor: compressorOf(settings),
    filesOverrideParents: settings.filesOverrideParents ?? false,
  });
}
