import type { ByteSource } from '../content.js';
import type { Inode, InodeType, Origin } from '../inode.js';
import type { LayerEntry } from '../layer-entry.js';

/** The inode of a layer's entry, which must not be a hard link; its content is a slice of the layer. */
export function layerInode(entry: LayerEntry, source: ByteSource, origin?: Origin): Inode {
  const { mode, uid, gid, mtime, size, offset, target, device, xattrs } = entry;
  const type = entry.type as InodeType;
  // An image has many files: one literal with all that a file has takes half the memory of fields added one by one.
  if (size > 0 && origin && !device && !xattrs && type === 'file')
    return { type, mode, uid, gid, mtime, content: { source, offset, size }, origin };
  // The fields are assigned one by one, because spreads take ten times as long.
  const inode: { -readonly [K in keyof Inode]: Inode[K] } = { type, mode, uid, gid, mtime };
  if (size > 0) inode.content = { source, offset, size };
  if (type === 'symlink') inode.target = target;
  if (device) inode.device = device;
  if (xattrs) inode.xattrs = decodeXattrs(xattrs);
  if (origin) inode.origin = origin;
  return inode;
}

function decodeXattrs(xattrs: Readonly<Record<string, string>>): ReadonlyMap<string, Uint8Array> {
  const names = Object.keys(xattrs).sort();
  return new Map(names.map((name) => [name, Buffer.from(xattrs[name]!, 'base64')]));
}
