import { TreeError } from '../error.js';
import { baseOf } from '../path.js';

/** The marker's own meaning; 'ignore' is AUFS's bookkeeping, which is no part of the image. */
export type Whiteout =
  | { readonly kind: 'hide'; readonly name: string }
  | { readonly kind: 'opaque' }
  | { readonly kind: 'ignore' };

const PREFIX = '.wh.';
const META_PREFIX = '.wh..wh.';
const OPAQUE = '.wh..wh..opq';

/** What a layer's path says about lower layers (OCI image-spec, layer.md, "Whiteouts"), if it is a marker at all. */
export function whiteoutOf(path: string): Whiteout | undefined {
  const base = baseOf(path);
  if (!base.startsWith(PREFIX) && !path.startsWith(META_PREFIX)) return undefined;
  if (base === OPAQUE) return { kind: 'opaque' };
  if (base.startsWith(META_PREFIX) || path.startsWith(META_PREFIX)) return { kind: 'ignore' };
  const name = base.slice(PREFIX.length);
  // `.wh...` would remove the parent directory, `.wh..` the directory itself
  if (name === '' || name === '.' || name === '..') {
    throw new TreeError('whiteout', `the whiteout ${JSON.stringify(base)} names no file`);
  }
  return { kind: 'hide', name };
}
