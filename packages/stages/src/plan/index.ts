export { StageError } from '../error.js';
export { imageKey } from './image-node.js';
export { keyOf } from './key.js';
export {
  DEFAULT_PLATFORM,
  segmentSections,
  type ContainerNode,
  type ImageNode,
  type OsPlan,
  type PackageImage,
  type SegmentPlan,
} from './os-plan.js';
export { formatsOf, planOs, unlocked, type OsIdentity } from './plan-os.js';
export { referencesOf } from './references.js';
export { trustedReferences } from './trust.js';
export { PackageFinder } from './find-package.js';
export { identify, shortIdentity, wholeIdentity, type ShortIdentity } from './identify.js';
export { readPlan, type OsInputs } from './read-plan.js';
export {
  fileNameOf,
  lockFileOf,
  nameFolders,
  nodesFolder,
  osFileGlob,
  parseOsFile,
  platformWord,
  type OsFile,
} from './project-name.js';
export { PACKAGE_PREFIX, compressors, mapReference, type Compressor, type Settings } from './settings.js';
export { loaderImages, planFormat, type FormatPlan } from './format-plan.js';
export type { FormatOptions } from './format-options.js';
export { loaderNames, type LoaderName } from './loaders.js';
export { insideWorkspace, sourceCandidates } from './sources.js';
export { stageNames, stageVersion, type StageName } from '../version.js';
export { formatNames, formats } from '../formats/catalog.js';
