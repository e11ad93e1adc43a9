import type { ImageConfig } from '@nx-linuxkit/oci';
import { readImageConfig, readLabel } from '@nx-linuxkit/spec';

/** Tells whether an image's label asks for a read-only root. `image` names the image in errors. */
export function labelReadonly({ document }: ImageConfig, image: string): boolean {
  return readLabel(readImageConfig(document.config, image), { image }).readonly ?? false;
}
