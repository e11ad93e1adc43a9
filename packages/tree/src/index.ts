export { compareTrees, type CompareOptions, type Difference } from './compare.js';
export * from './content.js';
export { cpioMembers, type CpioMember } from './cpio/member.js';
export { readCpio, type ReadCpioOptions } from './cpio/reader.js';
export { writeCpio } from './cpio/writer.js';
export { TreeError, type TreeErrorCode } from './error.js';
export * from './inode.js';
export { kernelUnpack, type Unpacked } from './kernel/unpack.js';
export { isSameRoot, remainder } from './kernel/remainder.js';
export { applyLayers } from './layer/apply.js';
export { parseImageTree, serialiseImageTree } from './layer/image-text.js';
export type { DirDefinition, ImageTree, LayerSize, OpenOptions } from './layer/image-tree.js';
export {
  parseLayerIndex,
  serialiseLayerIndex,
  type LayerEntry,
  type LayerIndex,
} from './layer/layer-index.js';
export { mergeTrees } from './merge.js';
export { nameFromBytes, nameToBytes } from './name.js';
export { planKey } from './parts/plan-key.js';
export { planParts, type PartOptions, type PartPlan } from './parts/plan.js';
export { ancestorsOf, baseOf, cleanPath, comparePaths, joinPath, parentOf } from './path.js';
export { applyRules, filterTree, prefixTree, type Rules } from './reshape.js';
export { bytesContent, bytesSource, fileSource, lendFile, type FileSource } from './source.js';
export { TarIndexer, type TarIndexerOptions } from './tar/indexer.js';
export { DEFAULT_TAR_LIMITS, type TarLimits } from './tar/limits.js';
export { tarPieces, writeTar, type TarOptions } from './tar/writer.js';
export { gather, type GatherWriter } from './gather.js';
export { writeFully, writeParts } from './write.js';
export { Tree } from './tree.js';
