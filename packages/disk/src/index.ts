export { DiskError, type DiskErrorCode } from './error.js';

// Images, and a tree to begin with.
export { fileEntries } from './file-entries.js';
export { imageContent, makeImage, placeImages, readImage, type Extent, type Image } from './image/image.js';

// Volumes out of trees.
export { erofsImage, type ErofsOptions } from './erofs/image.js';
export { isPackable, PACKING } from './erofs/packed/clusters.js';
export { packContents } from './erofs/packed/pack-contents.js';
export { readPackedContents, type PackedContents } from './erofs/packed/table.js';
export type { PackedVolume } from './erofs/packed/volume.js';
export type { FatBits } from './fat/geometry.js';
export { fatImage, fatVolume, type FatOptions, type FatVolume } from './fat/volume.js';
export { isoImage, type IsoOptions } from './iso/image.js';
export { ROOT_FILE_SYSTEMS, type FileSystemWriter, type RootFileSystem } from './root-file-systems.js';
export { fittingXattrs, type FittingXattrs } from './root-xattrs.js';
export { writeSquashfs, type SquashfsOptions } from './squashfs/writer.js';
export { veritySize, verityTree, type VerityOptions, type VerityTree } from './verity/tree.js';

// Kernels and boot loaders.
export { extractSyslinux, type SyslinuxLoader } from './syslinux/extract.js';
export { altMbr, syslinuxVolume, type SyslinuxOptions } from './syslinux/volume.js';
export {
  checkCmdline,
  inspectKernel,
  KERNEL_HEADER_BYTES,
  type KernelArch,
  type KernelInfo,
  type LoaderShare,
} from './uefi/kernel.js';
export { ukiImage, type UkiParts } from './uefi/uki.js';

// Signatures of EFI programs.
export { enrolment, type EnrolledVariable } from './authenticode/enrolment.js';
export { signProgram } from './authenticode/sign-program.js';
export type { Signer } from './authenticode/signed-data.js';

// Disks out of volumes.
export { gptDisk, type GptOptions, type GptPartition } from './partition/gpt.js';
export { GPT_TYPES } from './partition/guid.js';
export { mbrDisk, PARTITION_START, type MbrOptions, type MbrPartition } from './partition/mbr.js';

// Containers out of disks.
export { gcpTarGz, type GcpOptions } from './container/gcp.js';
export { CONTAINERS, type ContainerFormat, type ContainerWriter } from './container/index.js';
export {
  METADATA_DISKS,
  metadataDisk,
  type GuestMetadata,
  type MetadataDisk,
} from './metadata/metadata-disk.js';
export { OVA_DISK, writeOva, type VirtualSystem } from './container/ova.js';
export { writeQcow2, type Qcow2Options } from './container/qcow2.js';
export { writeRaw } from './container/raw.js';
export { writeVhdDynamic, writeVhdFixed } from './container/vhd.js';
export { writeVhdxDynamic, writeVhdxFixed } from './container/vhdx.js';
export { vmdkStream, type VmdkOptions } from './container/vmdk.js';

// Enclaves.
export { writeEif, type EifParts } from './eif/image.js';
export type { EifMeasurements } from './eif/measurement.js';
