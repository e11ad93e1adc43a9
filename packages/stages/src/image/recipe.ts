import type { PackageFiles } from '@nx-linuxkit/debian';
import type { Digest } from '@nx-linuxkit/oci';
import type { Context, MakingContext } from '../context.js';
import type { ImageLayers, OpenSource } from '../layers/layers.js';
import type { OciImage } from '../layers/oci-image.js';
import type { ImageNode, PackageImage } from '../plan/image-node.js';
import type { BuiltOn } from './built-on.js';
import type { DebFile } from './made-layers.js';

/** What making the image of a package reads, whatever the package is made of. */
export interface MadeInput {
  readonly image: ImageNode & { readonly source: PackageImage };
  /** The images that it is built on. Their layers are where those images are. */
  readonly bases: readonly BuiltOn[];
  /** The layers of the image, from the given source on into the store. */
  layersFrom(source: OpenSource): ImageLayers;
  /** Pushes the image to where packages are kept, if the settings say so. Tells whether its layers can be fetched from there. */
  publish(made: MadeImage): Promise<boolean>;
}

/** An image that was just made. */
export interface MadeImage {
  readonly image: OciImage;
  readonly manifest: Buffer;
  /** Its own layers; those of the images below are with these. */
  readonly layers: ImageLayers;
}

/** An image that was built into an archive. */
export interface Built {
  /** Digest of the manifest. */
  readonly digest: Digest;
  /** Bytes of the archive. */
  readonly size: number;
  /** Whether the same bytes can be had again: no copy of the layers is needed then. */
  readonly isRepeatable: boolean;
  /** The .debs that it is made of, as long as mirrors have them. */
  readonly debs?: readonly DebFile[];
  /** Which of its files are of which Debian package. */
  readonly packages?: readonly PackageFiles[];
  /** The name and version of the builder, for people: it decides no byte that it need not decide. */
  readonly builder?: string;
  /** What the log says about where it comes from. */
  readonly origin?: string;
}

/** What packages differ in: the key, and how an image becomes an archive. */
export interface Recipe<Input extends MadeInput> {
  /** All that decides the image beside the versions of stages. */
  key(input: Input, context: Context): readonly unknown[];
  /** Writes an OCI archive with the manifest, the config, and the layers that the images below do not have. */
  build(input: Input, archive: string, context: MakingContext): Promise<Built>;
}
