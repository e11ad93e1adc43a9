import type { ImageConfig } from '@nx-linuxkit/oci';
import { readImageConfig, readLabel, type Label } from '@nx-linuxkit/spec';

/** Reads an image's label. `image` names the image in errors. */
export function labelOf({ document }: ImageConfig, image: string): Label {
  return readLabel(readImageConfig(document.config, image), { image });
}

/** Tells whether an image's label asks for a read-only root. `image` names the image in errors. */
export function labelReadonly(config: ImageConfig, image: string): boolean {
  return labelOf(config, image).readonly ?? false;
}
