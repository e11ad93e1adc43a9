import type { OpenOptions } from './apply.js';
import type { ImageTree } from './image-tree.js';

/** Compact, deterministic JSON text: equal trees give equal bytes. Origins are not in it. */
export function serialiseImageTree(_image: ImageTree): string {
  throw new Error('not built');
}

export function parseImageTree(_text: string, _options: OpenOptions = {}): ImageTree {
  throw new Error('not built');
}
