import { join } from 'node:path';
import type { OsPlan } from '../plan/os-plan.js';
import type { SealedFile } from '../seal.js';

/** The initramfs as an ordered list of files that lie elsewhere. A format writes their bytes, once. */
export interface Initramfs {
  readonly segments: readonly InitramfsSegment[];
  /**
   * Bytes of memory that the root takes; absent in outputs of older versions. Only a warning before a boot reads it.
   */
  readonly unpacked?: number;
}

/** A segment as the initramfs holds it. */
export interface InitramfsSegment extends SealedFile {
  /** Relative to the workspace. */
  readonly path: string;
  /** The node whose `segment` stage made it; absent for a file that the initramfs stage made. */
  readonly node?: string;
  /** Bytes of the file that are left out, at its front: parts that an earlier segment brings. */
  readonly start?: number;
}

/** Bytes of all segments together. */
export function initrdSize({ segments }: Initramfs): number {
  return segments.reduce((sum, { size, start = 0 }) => sum + size - start, 0);
}

/** Folder of the output, relative to the workspace. */
export function initramfsFolder({ nodes }: Pick<OsPlan, 'nodes'>): string {
  return join(nodes, 'initramfs/initramfs');
}
