import { createHash, randomBytes, type Hash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  bytesContent,
  DEFAULT_MTIME,
  fileSource,
  writeTar,
  type Content,
  type Entry,
} from '@nx-linuxkit/tree';
import type { Image } from '../image/image.js';
import type { BlockStore } from '@nx-linuxkit/deflate';
import { writeStream } from './file.js';
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
 * have the size and the digest of the disk, so the disk is first written to a file of its own.
 *
 * @throws DiskError `image-too-large` above 2 TiB.
 */
export async function writeOva(
  image: Image,
  path: string,
  system: VirtualSystem = { name: 'system', firmware: 'bios' },
  kept?: BlockStore,
): Promise<void> {
  const scratch = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.vmdk`);
  try {
    const hash = createHash('sha256');
    await writeStream(scratch, hashed(vmdkStream(image, { kept }), hash));
    const { size } = await stat(scratch);
    const descriptor = ovfDescriptor({ ...system, disk: OVA_DISK, fileSize: size, capacity: image.size });
    const digests = { [`${system.name}.ovf`]: sha256(descriptor), [OVA_DISK]: hash.digest('hex') };
    const source = fileSource(scratch, { id: `sha256:${digests[OVA_DISK]}`, size });
    const entries = [
      entry(`${system.name}.ovf`, bytesContent(descriptor)),
      entry(`${system.name}.mf`, bytesContent(manifest(digests))),
      entry(OVA_DISK, { source, offset: 0, size }),
    ];
    await writeStream(path, writeTar(entries)).finally(() => source.close());
  } finally {
    await rm(scratch, { force: true });
  }
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
