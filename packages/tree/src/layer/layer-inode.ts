import type { ByteSource } from '../content.js';
import type { Inode, InodeType, Origin } from '../inode.js';
import type { LayerEntry } from './layer-index.js';

/** The inode of a layer's entry that is no hard link; its content is a slice of the layer. */
export function layerInode(entry: LayerEntry, source: ByteSource, origin?: Origin): Inode {
  const { mode, uid, gid, mtime, size, offset, target, device, xattrs } = entry;
  const type = entry.type as InodeType;
  return {
    ...{ type, mode, uid, gid, mtime },
    ...(size > 0 && { content: { source, offset, size } }),
    ...(type === 'symlink' && { target }),
    ...(device && { device }),
    ...(xattrs && { xattrs: decodeXattrs(xattrs) }),
    ...(origin && { origin }),
  };
}

export function decodeXattrs(xattrs: Readonly<Record<string, string>>): ReadonlyMap<string, Uint8Array> {
  const names = Object.keys(xattrs).sort();
  return new Map(names.map((name) => [name, Buffer.from(xattrs[name]!, 'base64')]));
}
