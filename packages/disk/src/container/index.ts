import type { Image } from '../image/image.js';
import { writeStream } from './file.js';
import { gcpTarGz } from './gcp.js';
import { writeQcow2 } from './qcow2.js';
import { writeRaw } from './raw.js';
import { writeVhdDynamic, writeVhdFixed } from './vhd.js';
import { vmdkStream } from './vmdk.js';

export type ContainerFormat = 'raw' | 'qcow2' | 'qcow2-compressed' | 'vhd' | 'dynamic-vhd' | 'vmdk' | 'gcp';

/** Writes a disk as one file, under a temporary name that becomes `path` when the file is whole. */
export type ContainerWriter = (image: Image, path: string) => Promise<void>;

/** All formats that hold a disk. What is listed here is tested against `qemu-img` by being listed. */
export const CONTAINERS: Readonly<Record<ContainerFormat, ContainerWriter>> = {
  raw: writeRaw,
  qcow2: (image, path) => writeQcow2(image, path),
  'qcow2-compressed': (image, path) => writeQcow2(image, path, { compressed: true }),
  vhd: writeVhdFixed,
  'dynamic-vhd': writeVhdDynamic,
  vmdk: (image, path) => writeStream(path, vmdkStream(image)),
  gcp: (image, path) => writeStream(path, gcpTarGz(image)),
};
