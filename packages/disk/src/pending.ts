import type { Entry } from '@nx-linuxkit/tree';
import type { Image } from './image/image.js';

export interface SquashfsOptions {
  mtime?: number;
  level?: number;
  blockSize?: number;
}
export declare function writeSquashfs(
  entries: Iterable<Entry>,
  path: string,
  options?: SquashfsOptions,
): Promise<void>;
export interface ErofsOptions {
  mtime?: number;
  label?: string;
}
export declare function erofsImage(entries: Iterable<Entry>, options?: ErofsOptions): Image;

export type RootFileSystem = 'squashfs' | 'erofs' | 'iso9660';
export declare const ROOT_FILE_SYSTEMS: Readonly<
  Record<
    RootFileSystem,
    (entries: Iterable<Entry>, path: string, options?: { mtime?: number }) => Promise<void>
  >
>;
