import { TreeError } from '../error.js';
import { baseOf } from '../path.js';

/** What a marker file means. `ignore` is for the bookkeeping files of AUFS, which are not part of the image. */
export type Whiteout =
  | { readonly kind: 'hide'; readonly name: string }
  | { readonly kind: 'opaque' }
  | { readonly kind: 'ignore' };

const PREFIX = '.wh.';
const META_PREFIX = '.wh..wh.';
const OPAQUE = '.wh..wh..opq';

/** What a path of a layer hides in lower layers (OCI image-spec, layer.md, "Whiteouts"); undefined for other paths. */
export function whiteoutOf(path: string): Whiteout | undefined {
  const base = baseOf(path);
  if (!base.startsWith(PREFIX) && !path.startsWith(META_PREFIX)) return undefined;
  if (base === OPAQUE) return { kind: 'opaque' };
  if (base.startsWith(META_PREFIX) || path.startsWith(META_PREFIX)) return { kind: 'ignore' };
  const name = base.slice(PREFIX.length);
  // Refuses `.wh..`, which would hide the directory that it lies in, and `.wh...`, which would hide the parent.
  if (name === '' || name === '.' || name === '..') {
    throw new TreeError('whiteout', `the whiteout ${JSON.stringify(base)} names no file`);
  }
  return { kind: 'hide', name };
}
