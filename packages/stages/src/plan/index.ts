/** The graph as data. Loads no registry client and no code that makes something, because inference reads it. */
export { StageError, type StageErrorCode } from '../error.js';
export { stageNames, stageVersion, stagesReadBy, type StageName } from '../stages.js';
export {
  DEFAULT_FILE,
  isPackageFile,
  packageAt,
  packagePlace,
  packageProjectName,
  packageLockFile,
  PLAIN_DOCKERFILE,
  readContentsPackage,
  type DockerfilePackage,
  type NamedPackage,
} from './dockerfile/package-file.js';
export { packagePlatforms } from './dockerfile/package-platforms.js';
export { mayRun, type PackageInputs } from './dockerfile/package-inputs.js';
export type { DockerfilePin, PlannedPackage } from './dockerfile/package-planner.js';
export { PackageFinder } from './find-package.js';
export { formatOptions } from './format-options.js';
export { loaderImages, planFormat, type FormatPlan } from './format-plan.js';
export { IgnoreRules } from './git/ignore-rules.js';
export {
  identify,
  shortIdentity,
  wholeIdentity,
  type OsChoice,
  type OsIdentity,
  type OsSource,
  type ShortIdentity,
} from './identify.js';
export {
  imageKey,
  type BaseNode,
  type DockerfileImage,
  type ImageNode,
  type PackageImage,
  type PulledImage,
} from './image-node.js';
export { keyOf } from './key.js';
export { knownFormat } from './known-format.js';
export type { Loaders, PlannedLoader } from './loaders.js';
export { imageNodeName, segmentNodeName, systemNodeName, systemNodes } from './node-names.js';
export {
  segmentSections,
  type OsKeys,
  type OsPlan,
  type SbomPlace,
  type SbomPlan,
  type SegmentNode,
  type SegmentPlan,
  type SegmentSection,
} from './os-plan.js';
export {
  fileNameOf,
  lockFileOf,
  nameFolders,
  nodesFolder,
  osFileOf,
  parseOsFile,
  signaturesFileOf,
  systemNameOf,
  type OsFile,
} from './project-name.js';
export { privilegeReport, privilegesFile, type PrivilegedImage } from './privileges.js';
export { packageSources } from './package-sources.js';
export { loadFrom, readPlan, readVariants, type Load, type OsInputs } from './read-plan.js';
export {
  compressors,
  privilegePolicies,
  type Compressor,
  type PackageSettings,
  type PrivilegePolicy,
  type Settings,
} from './settings.js';
export type { PinnedImage } from './pinned-image.js';
export { SBOM_FILE, sbomPath } from './sbom-plan.js';
export type { SecureBootPlan } from './secure-boot-plan.js';
export type { SecureBootSettings } from './secure-boot-settings.js';
export type { SignaturePlan } from './signature-plan.js';
export { folderEntries, type FolderEntry } from './source-folder.js';
export { insideWorkspace, sourceCandidates } from './sources.js';
export { referenceMap, type ReferenceMap } from './reference-map.js';
export { referencesOf } from './references.js';
export {
  checkTargetNames,
  formatTargetName,
  targetKinds,
  targetName,
  type TargetKind,
  type TargetNaming,
} from './target-names.js';
export { uncheckedReferences } from './unchecked.js';
export { BUILDER_VARIABLE, builderNames, type BuilderName } from '@nx-linuxkit/dockerfile/builders';
