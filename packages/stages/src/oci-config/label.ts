import type { ImageConfig } from '@nx-linuxkit/oci';
import { readLabel, type OciImageConfig } from '@nx-linuxkit/spec';

/** The part of an image's config that decides how its container runs. */
export function runtimeConfig({ document }: ImageConfig): OciImageConfig {
  return (document.config ?? {}) as OciImageConfig;
}

/** Tells whether the image's label asks for a read-only root. */
export function labelReadonly(config: ImageConfig): boolean {
  return readLabel(runtimeConfig(config)).readonly ?? false;
}
