import type { ImageNode } from './plan/image-node.js';

/** Names an image in errors: by the reference that it is fetched by, or by the folder of its package. */
export function imageName({ source }: Pick<ImageNode, 'source'>): string {
  return source.kind === 'pulled' ? source.from : source.folder;
}
