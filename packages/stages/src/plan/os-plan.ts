import type { Digest } from '@nx-linuxkit/oci';
import type { OsSpec } from '@nx-linuxkit/spec';
import type { ImageNode } from './image-node.js';
import type { Loaders } from './loaders.js';
import type { SecureBootPlan } from './secure-boot-plan.js';
import type { SignaturePlan } from './signature-plan.js';
import type { Compressor, Settings } from './settings.js';

/** The sections of a YAML that put an image into the initramfs, in LinuxKit's order. */
export const segmentSections = ['kernel', 'init', 'onboot', 'onshutdown', 'services', 'volumes'] as const;

/** One of `segmentSections`. */
export type SegmentSection = (typeof segmentSections)[number];

/** All that a segment depends on beside its image's tree. */
export interface SegmentPlan {
  readonly section: SegmentSection;
  /** Where in the initramfs: '' or `containers/services/nginx`, without `rootfs` or `lower`. */
  readonly at: string;
  readonly compressor: Compressor;
  /** What the YAML says; undefined leaves it to the image's label. */
  readonly readonly?: boolean;
  /** The module tarball in a kernel's image; '' or `none` for no modules. Only for a kernel. */
  readonly tar?: string;
  /** Present for a volume that holds its image as an OCI layout and not the image's files. */
  readonly layout?: {
    /** Empty for all platforms of the image. */
    readonly platforms: readonly string[];
    /** The reference as LinuxKit expands it: the image's name in the layout. */
    readonly name: string;
    /** The locked index; absent for a package and for an image of a single platform. */
    readonly index?: Digest;
  };
  /** Set for a service that is an image in containerd's store: the folder of its bundle has no files of the image then. */
  readonly imageStore?: 'containerd';
}

/** An image at its first place in a system: one segment, which other systems may share. */
export interface SegmentNode {
  /** Its project name: `oci@nginx-0123456@services`. */
  readonly id: string;
  /** Its project root, relative to the workspace. */
  readonly root: string;
  /** LinuxKit's word for the place: `services[0]`, `volume[0]`. */
  readonly location: string;
  /** The reference as LinuxKit expands it. */
  readonly reference: string;
  readonly image: ImageNode;
  readonly plan: SegmentPlan;
}

/** What a system's bill of materials is made of. */
export interface SbomPlan {
  /** Where the root has it. */
  readonly path: string;
  /** Its time, in RFC 3339. Default: the latest time that the images name. */
  readonly created?: string;
  readonly places: readonly SbomPlace[];
}

/** An image that is described, at its first place in the system. */
export interface SbomPlace {
  readonly node: SegmentNode;
  /** The locked index of the image, which lists attestations; absent for a package and for an image of a single platform. */
  readonly index?: Digest;
}

/** One system for one platform: every node of its graph and the key of every stage. Data only, no bytes of images. */
export interface OsPlan {
  /** Its project name. */
  readonly name: string;
  /** The YAML, relative to the workspace. */
  readonly file: string;
  /** Root of the system's node: the YAML's folder, or a virtual one for a variant or a second platform. */
  readonly root: string;
  /** Root of its virtual nodes: `.linuxkit/my-os`. */
  readonly nodes: string;
  /** Where its formats go: `dist/apps/my-os`. */
  readonly dist: string;
  /** Such as `linux/amd64`. */
  readonly platform: string;
  /** The folder where a `source` is looked for first, relative to the workspace or absolute. */
  readonly sourceBase?: string;
  /** Whether the files of all formats lie in `dist` itself. */
  readonly flat?: boolean;
  readonly os: OsSpec;
  readonly settings: Settings;
  /** In the order in which the kernel unpacks them. */
  readonly segments: readonly SegmentNode[];
  /** Every image once, sorted by id. */
  readonly images: readonly ImageNode[];
  /** The image that a reference of the YAML stands for. */
  imageOf(reference: string): ImageNode;
  /** The reference that stands for one of the YAML by the option `images`. */
  targetOf(reference: string): string;
  /** The formats that `build` makes. */
  readonly outputs: readonly string[];
  /** Where the boot files of formats come from; their images are not among `images`. */
  readonly loaders: Loaders;
  /** Absent without the option `signatures`. */
  readonly signatures?: SignaturePlan;
  /** Absent without the option `sbom`. */
  readonly sbom?: SbomPlan;
  /** Absent without the option `secureBoot`. */
  readonly secureBoot?: SecureBootPlan;
  readonly keys: OsKeys;
}

/** The stages that read the YAML, each with a hash of all that it reads from the YAML, the lock and the settings. */
export type OsKeys = Readonly<Record<'oci-config' | 'verify' | 'initramfs' | 'format', string>> & {
  /** Absent without the option `sbom`. */
  readonly sbom?: string;
};
