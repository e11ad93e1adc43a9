import { isoImage, readImage } from '@nx-linuxkit/disk';
import { DEFAULT_MTIME, bytesContent } from '@nx-linuxkit/tree';

/** The name of the volume and of its only file, by which LinuxKit's metadata package finds the text. */
const NAME = 'config';

/** Bytes of an ISO 9660 volume with a text for the guest. */
export async function metadataIso(text: string): Promise<AsyncIterable<Uint8Array>> {
  const content = bytesContent(text);
  const file = { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: DEFAULT_MTIME, content } as const;
  return readImage(await isoImage([{ path: NAME, inode: file }], { volume: NAME }));
}
