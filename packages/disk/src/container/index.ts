import type { BlockStore } from '@nx-linuxkit/deflate';
import type { Image } from '../image/image.js';
import { writeStream } from './file.js';
import { gcpTarGz } from './gcp.js';
import { writeOva, type VirtualSystem } from './ova.js';
import { writeQcow2 } from './qcow2.js';
import { writeRaw } from './raw.js';
import { writeVhdDynamic, writeVhdFixed } from './vhd.js';
import { writeVhdxDynamic, writeVhdxFixed } from './vhdx.js';
import { vmdkStream } from './vmdk.js';

/** Name of a container format; `qcow2-compressed` is qcow2 with deflated clusters, `vhd` and `vhdx` are of fixed size. */
export type ContainerFormat =
  | 'raw'
  | 'qcow2'
  | 'qcow2-compressed'
  | 'vhd'
  | 'dynamic-vhd'
  | 'vhdx'
  | 'dynamic-vhdx'
  | 'vmdk'
  | 'ova'
  | 'gcp';

/**
 * Writes a disk as one file. The file gets its name `path` when it is complete; on failure, `path` stays as it was. Only
 * `ova` says something of the machine, which is `system`. `kept` keeps compressed blocks for later builds, and decides no byte.
 */
export type ContainerWriter = (
  image: Image,
  path: string,
  system?: VirtualSystem,
  kept?: BlockStore,
) => Promise<void>;

/** The writers of all container formats. The specs test every entry of this list against `qemu-img`. */
export const CONTAINERS: Readonly<Record<ContainerFormat, ContainerWriter>> = {
  raw: writeRaw,
  qcow2: (image, path) => writeQcow2(image, path),
  'qcow2-compressed': (image, path, _, kept) => writeQcow2(image, path, { compressed: true, kept }),
  vhd: writeVhdFixed,
  'dynamic-vhd': writeVhdDynamic,
  vhdx: writeVhdxFixed,
  'dynamic-vhdx': writeVhdxDynamic,
  vmdk: (image, path, _, kept) => writeStream(path, vmdkStream(image, { kept })),
  ova: writeOva,
  gcp: (image, path, _, kept) => writeStream(path, gcpTarGz(image, { kept })),
};
