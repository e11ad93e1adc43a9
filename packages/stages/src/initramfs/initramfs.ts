import { basename, join } from 'node:path';
import type { Range } from '../archive/body.js';
import { envelopeOf, joinBodies } from '../archive/envelope.js';
import type { OsPlan } from '../plan/os-plan.js';
import type { Compressor } from '../plan/settings.js';
import type { SealedFile } from '../seal.js';

/** The initramfs as an ordered list of ranges of files that lie elsewhere. A format writes their bytes, once. */
export interface Initramfs {
  readonly compressor: Compressor;
  readonly segments: readonly InitramfsSegment[];
  /** Bytes of memory that the root takes. Only a warning before a boot reads it. */
  readonly unpacked: number;
}

/** A segment as the initramfs holds it. */
export interface InitramfsSegment extends SealedFile {
  /** Relative to the workspace. */
  readonly path: string;
  /** The node whose `segment` stage made it; absent for a file that the initramfs stage made. */
  readonly node?: string;
  /** What the initrd takes of the file, in order. */
  readonly ranges: readonly Range[];
}

/** The file of parts that were made again for one system. */
export const REMADE = 'remade.cpio';

/** Whether a segment has the parts that were made again for this system. */
export function isRemade({ node, path }: InitramfsSegment): boolean {
  return node === undefined && basename(path) === REMADE;
}

/** All that the initrd takes of its segments, as one body. */
export function initramfsBody({ compressor, segments }: Initramfs) {
  return joinBodies(
    segments.flatMap(({ ranges }) => ranges),
    compressor,
  );
}

/** Bytes of the initrd, without microcode. */
export function initrdSize(initramfs: Initramfs): number {
  const { frontOf, endSize } = envelopeOf(initramfs.compressor);
  const { size, plain } = initramfsBody(initramfs);
  return frontOf(plain).length + size + endSize;
}

/** Folder of the output, relative to the workspace. */
export function initramfsFolder({ nodes }: Pick<OsPlan, 'nodes'>): string {
  return join(nodes, 'initramfs/initramfs');
}
