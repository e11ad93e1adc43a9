import type { Digest } from '@nx-linuxkit/oci';
import type { OsSpec } from '@nx-linuxkit/spec';
import type { Loaders } from './loaders.js';
import type { Settings } from './settings.js';

/** The platform of an OS that names none: fixed, so that the host does not decide bytes. */
export const DEFAULT_PLATFORM = 'linux/amd64';

/** An image that the graph pulls, or a package that it makes. Shared by every OS. */
export interface ImageNode {
  /** Its project name: `oci/nginx-0123456789ab-amd64`, `pkg/images/nginx-amd64`. */
  readonly id: string;
  /** Its project root, relative to the workspace, which need not exist. */
  readonly root: string;
  readonly platform: string;
  readonly source: PulledImage | PackageImage;
}

export interface PulledImage {
  readonly kind: 'pulled';
  readonly digest: string;
  /** The reference to fetch it by, without its tag. */
  readonly from: string;
  /** What a Docker daemon calls it: a tag there may have moved to another image. */
  readonly imageID?: Digest;
}

export interface PackageImage {
  readonly kind: 'package';
  /** Folder of its build.yml, relative to the workspace. */
  readonly folder: string;
  /** Of a package that npm installed, whose files Nx does not watch: what stands for them. */
  readonly pinned?: string;
}

export const segmentSections = ['kernel', 'init', 'onboot', 'onshutdown', 'services', 'volumes'] as const;
export type SegmentSection = (typeof segmentSections)[number];

/** All that a segment depends on beside its image's tree. */
export interface SegmentPlan {
  readonly section: SegmentSection;
  /** Where in the initramfs: '' or `containers/services/nginx`, without `rootfs` or `lower`. */
  readonly at: string;
  readonly compressor: string;
  /** What the YAML says; undefined leaves it to the image's label. */
  readonly readonly?: boolean;
  /** Of a kernel: the module tarball in its image; '' or `none` for no modules. */
  readonly tar?: string;
  /** Of a volume: its OCI layout instead of its files. */
  readonly layout?: {
    /** None for all. */
    readonly platforms: readonly string[];
    /** The reference as LinuxKit expands it: the image's name in the layout. */
    readonly name: string;
    /** The locked index; absent for a package and for an image of a single platform. */
    readonly index?: Digest;
  };
}

/** An image's first place in an OS: one segment, which other OSes may share. */
export interface ContainerNode {
  /** Its project name: `segment/oci/nginx-0123456789ab-amd64/services/nginx`. */
  readonly id: string;
  /** Its project root, relative to the workspace. */
  readonly root: string;
  /** LinuxKit's word for the place: `services[0]`, `volume[0]`. */
  readonly location: string;
  /** The reference as LinuxKit expands it. */
  readonly reference: string;
  readonly image: ImageNode;
  readonly segment: SegmentPlan;
}

/** One OS for one platform: every node of its graph and the key of every stage. Pure data, no bytes. */
export interface OsPlan {
  readonly name: string;
  /** The YAML, relative to the workspace. */
  readonly file: string;
  /** Root of the OS node: the YAML's folder, or a virtual one for a variant or a second platform. */
  readonly root: string;
  /** Root of its virtual nodes: `.linuxkit/my-os`. */
  readonly nodes: string;
  /** Where its formats go: `dist/apps/my-os`. */
  readonly dist: string;
  readonly platform: string;
  readonly os: OsSpec;
  readonly settings: Settings;
  readonly containers: readonly ContainerNode[];
  /** Every image once, sorted by id. */
  readonly images: readonly ImageNode[];
  /** The image that a reference of the YAML stands for. */
  imageOf(reference: string): ImageNode;
  readonly outputs: readonly string[];
  /** Where the boot files of formats come from; their images are not among `images`. */
  readonly loaders: Loaders;
  readonly keys: OsKeys;
}

export interface OsKeys {
  readonly ociConfig: string;
  readonly verify: string;
  readonly initramfs: string;
  readonly format: string;
}
