import { makeImage, type Image } from '@nx-linuxkit/disk';
import type { Content } from '@nx-linuxkit/tree';

/** An image that consists of one content. */
export function contentImage(content: Content): Image {
  return makeImage(content.size, [{ offset: 0, content }]);
}
