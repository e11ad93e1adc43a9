import { packagePlace } from './plan/dockerfile/package-file.js';
import type { ImageNode } from './plan/image-node.js';

/** Names an image in errors: by the reference that it is fetched by, or by the folder of its package. */
export function imageName({ source }: Pick<ImageNode, 'source'>): string {
  return source.kind === 'pulled' ? source.from : source.folder;
}

/** Names an image for a person who waits, by the last word of its name: `nginx`. */
export function shortImageName(image: Pick<ImageNode, 'source'>): string {
  return /([^/:@]+)(?:[:@][^/]*)?$/.exec(imageName(image))?.[1] ?? imageName(image);
}

/** Names an image for a person who builds a package: a variant by its file. */
export function packageName(image: Pick<ImageNode, 'source'>): string {
  return image.source.kind === 'package' ? packagePlace(image.source) : imageName(image);
}
