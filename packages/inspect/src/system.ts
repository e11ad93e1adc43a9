/**
 * What the page shows of a system. Sizes are bytes, times are milliseconds. It has no value of an `env` and no contents of a
 * file, because both may be secrets.
 */
export interface InspectedSystem {
  readonly name: string;
  /** Such as `linux/amd64`. */
  readonly platform: string;
  /** The YAML, relative to the workspace. */
  readonly file: string;
  /** The initrd, without microcode. */
  readonly packed: number;
  /** The contents of its files; a hard link counts once. */
  readonly unpacked: number;
  /** The largest first. What the system itself brings is among them, and named by its YAML. */
  readonly images: readonly InspectedImage[];
  /** Image, layer, package, file. Its size is `unpacked`. */
  readonly content: SizeNode;
  /** In the order in which they run. */
  readonly steps: readonly BootStep[];
  /** Absent where the store knows no build that made something. */
  readonly build?: LastBuild;
  /** Those that `build` makes first, then the others. */
  readonly formats: readonly InspectedFormat[];
  /** By name. */
  readonly packages: readonly InspectedPackage[];
}

/** What one image brings. */
export interface InspectedImage {
  readonly name: string;
  /** The part of the initrd. */
  readonly packed: number;
  readonly unpacked: number;
  readonly files: number;
}

/** A part of a system in the map of sizes. */
export interface SizeNode {
  readonly name: string;
  readonly kind: 'system' | 'image' | 'layer' | 'package' | 'file' | 'rest';
  readonly size: number;
  /** The largest first. */
  readonly children?: readonly SizeNode[];
}

/** The kernel, an image of `init`, or a container. */
export interface BootStep {
  readonly section: string;
  readonly name: string;
  readonly image: string;
  /** Absent for what is no container. */
  readonly container?: BootContainer;
}

/** How a container runs. */
export interface BootContainer {
  /** Names such as `CAP_CHOWN`, or `all`. */
  readonly capabilities: readonly string[];
  /** Such as `/var:/var`, with `:ro` for what it cannot write. */
  readonly binds: readonly string[];
  /** What its image exposes, such as `80/tcp`. */
  readonly ports: readonly string[];
  /** The namespaces of the machine that it shares, such as `network`. */
  readonly shares: readonly string[];
  readonly readonly: boolean;
}

/** The last build that made something. */
export interface LastBuild {
  /** When it ended, in RFC 3339. */
  readonly at: string;
  /** When the one before it ended; absent for the first one. */
  readonly since?: string;
  readonly tasks: readonly BuildTask[];
  readonly changes: readonly BuildChange[];
}

/** A task that made something. */
export interface BuildTask {
  readonly target: string;
  readonly project: string;
  readonly milliseconds: number;
}

/** An input that had changed, and what was made of it. */
export interface BuildChange {
  /** `services/nginx: env`. */
  readonly input: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Names of targets. */
  readonly made: readonly string[];
}

/** A format of the system. */
export interface InspectedFormat {
  readonly name: string;
  readonly description: string;
  /** Whether `build` makes it. */
  readonly isBuilt: boolean;
  /** What lies in its folder; empty where it was not made. */
  readonly files: readonly { readonly name: string; readonly size: number }[];
  /** Commands that make and start it. */
  readonly start: readonly string[];
}

/** An installed package. */
export interface InspectedPackage {
  readonly name: string;
  readonly version: string;
  /** `deb`, `apk`, or the type of its package URL, such as `golang`; '' where that is not known. */
  readonly type: string;
  /** An expression of SPDX, or the words of the package; absent where nothing says it. */
  readonly license?: string;
  /** The images that bring it. */
  readonly images: readonly string[];
  /** The sum of its files, each copy counted; 0 where nothing lists them. */
  readonly size: number;
}
