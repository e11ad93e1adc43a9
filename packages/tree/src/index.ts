// Trees: paths, inodes, contents.
export { lendContent, readContent, sameContent, type ByteSource, type Content } from './content.js';
export { TreeError, type TreeErrorCode } from './error.js';
export { DEFAULT_MTIME, IMPLIED_DIR, type Entry, type Inode, type InodeType, type Origin } from './inode.js';
export { modeOf } from './mode.js';
export { detached, nameFromBytes, nameToBytes } from './name.js';
export { ancestorsOf, baseOf, cleanPath, comparePaths, joinPath, parentOf } from './path.js';
export { bytesContent, bytesSource, fileSource, lendFile, type FileSource } from './source.js';
export { Tree } from './tree.js';

// Operations on trees.
export { compareTrees, type CompareOptions, type Difference } from './compare.js';
export { mergeTrees } from './merge.js';
export { applyRules, filterTree, prefixTree, withoutPaths, type Rules } from './reshape.js';

// Layers of an image.
export { applyLayers } from './layer/apply.js';
export { parseImageTree, serialiseImageTree } from './layer/image-text.js';
export type { DirDefinition, ImageTree, LayerSize, OpenOptions } from './layer/image-tree.js';
export { LayerIndexText, parseLayerIndex, type LayerIndex } from './layer/layer-index.js';
export type { LayerEntry } from './layer-entry.js';
export { TarIndexer, type TarIndexerOptions } from './tar/indexer.js';
export { DEFAULT_TAR_LIMITS, type TarLimits } from './tar/limits.js';

// Archives out of trees.
export { encodeMember, encodeTrailer, HEADER_SIZE as CPIO_HEADER_SIZE } from './cpio/header.js';
export { cpioMembers, type CpioMember } from './cpio/member.js';
export { readCpio, type ReadCpioOptions } from './cpio/reader.js';
export type { Link } from './cpio/link.js';
export { writeCpio, writeMembers } from './cpio/writer.js';
export { tarPieces, writeTar, type TarOptions } from './tar/writer.js';

// Shares of an initramfs.
export { remainder } from './kernel/remainder.js';
export { kernelUnpack, type Unpacked } from './kernel/unpack.js';
export { membersKey, membersSize } from './parts/members-key.js';
export { planKey } from './parts/plan-key.js';
export { planParts, type PartOptions, type PartPlan } from './parts/plan.js';

// Writing files.
export { gather, type GatherWriter, type InputFile } from './gather.js';
export { writeFully } from './write.js';
