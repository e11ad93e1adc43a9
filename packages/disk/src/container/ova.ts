import { createHash, type Hash } from 'node:crypto';
import type { BlockStore } from '@nx-linuxkit/deflate';
import {
  bytesContent,
  DEFAULT_MTIME,
  readContent,
  tarPieces,
  writeFully,
  type Content,
  type Entry,
} from '@nx-linuxkit/tree';
import type { Image } from '../image/image.js';
import { writeAtomically, writeChunks } from './file.js';
import { ovfDescriptor } from './ovf.js';
import { vmdkStream } from './vmdk.js';

/** What an appliance says of the machine that boots its disk. */
export interface VirtualSystem {
  /** The machine's name, and what the names of descriptor and manifest begin with. */
  readonly name: string;
  readonly firmware: 'bios' | 'uefi';
}

/** The disk's name in every OVA, by which a reader finds it without the descriptor. */
export const OVA_DISK = 'disk.vmdk';

/**
 * Writes an OVA (DMTF DSP0243, Open Virtualization Format 1.1.1, section 5.3): a tar of the descriptor, the manifest
 * with the SHA-256 of the other two files, and the disk as streamOptimized VMDK. Descriptor and manifest come first and
 * have the size and the digest of the disk, so they are written last, before a disk that lies where it ends up.
 *
 * @throws DiskError `image-too-large` above 2 TiB.
 */
export async function writeOva(
  image: Image,
  path: string,
  system: VirtualSystem = { name: 'system', firmware: 'bios' },
  kept?: BlockStore,
): Promise<void> {
  const around = (fileSize: number, sha: string) => aroundDisk({ system, image, fileSize, sha });
  await writeAtomically(path, async (file) => {
    // The real size has other digits, which hardly ever need another block.
    const guess = image.extents.reduce((sum, { content }) => sum + content.size, 0);
    let start = (await around(guess, sha256(''))).head.length;
    for (;;) {
      const hash = createHash('sha256');
      const end = await writeChunks(file, hashed(vmdkStream(image, { kept }), hash), start);
      const { head, tail } = await around(end - start, hash.digest('hex'));
      if (head.length === start) {
        await writeFully(file, head, 0);
        await writeFully(file, tail, end);
        await file.truncate(end + tail.length);
        return;
      }
      start = head.length;
    }
  });
}

/** What of an archive lies before and behind the disk in it. */
interface AroundDisk {
  readonly head: Buffer;
  readonly tail: Buffer;
}

/** `fileSize` is the size of the VMDK in bytes, and `sha` its SHA-256. */
async function aroundDisk({
  system,
  image,
  fileSize,
  sha,
}: {
  readonly system: VirtualSystem;
  readonly image: Image;
  readonly fileSize: number;
  readonly sha: string;
}): Promise<AroundDisk> {
  const descriptor = ovfDescriptor({ ...system, disk: OVA_DISK, fileSize, capacity: image.size });
  const digests = { [`${system.name}.ovf`]: sha256(descriptor), [OVA_DISK]: sha };
  const { source } = bytesContent('');
  const disk: Content = {
    source: { ...source, id: `sha256:${sha}`, size: fileSize },
    offset: 0,
    size: fileSize,
  };
  const entries = [
    entry(`${system.name}.ovf`, bytesContent(descriptor)),
    entry(`${system.name}.mf`, bytesContent(manifest(digests))),
    entry(OVA_DISK, disk),
  ];
  const [head, tail]: [Uint8Array[], Uint8Array[]] = [[], []];
  let side = head;
  for (const piece of tarPieces(entries)) {
    if (piece === disk) side = tail;
    else if (piece instanceof Uint8Array) side.push(piece);
    else for await (const chunk of readContent(piece)) side.push(chunk);
  }
  return { head: Buffer.concat(head), tail: Buffer.concat(tail) };
}

/** The lines of a manifest (DSP0243, section 5.1). */
function manifest(digests: Readonly<Record<string, string>>): string {
  return Object.entries(digests)
    .map(([name, digest]) => `SHA256(${name})= ${digest}\n`)
    .join('');
}

function entry(path: string, content: Content): Entry {
  return { path, inode: { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: DEFAULT_MTIME, content } };
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
