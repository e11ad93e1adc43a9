/** Builds and exports without a workspace: what the command `nx-linuxkit` is made of. */
export { exportFormats, exportImage, type ExportFormat, type ExportRequest } from '../export/index.js';
export type { Environment, Log } from '../environment.js';
export { Pipeline } from '../pipeline.js';
export { sbomPath } from '../plan/sbom-plan.js';
export type { Settings } from '../plan/settings.js';
export { buildStandalone, mergedYaml, type StandaloneBuild, type StandaloneFiles } from './build.js';
export { convertSystem, type SystemConversion } from './convert-system.js';
export { openStandalone, OUTPUTS, type StandaloneOptions } from './environment.js';
export { storedSource } from './fetch-image.js';
export { readSystemUrl, systemName, type SystemReference } from '../publish/system/system-reference.js';
export { pullSystem, type PulledSystem, type SystemPull } from '../publish/system/pull-system.js';
export { pushSystem, type SystemPush } from '../publish/system/push-system.js';
export { Sources } from '../sources.js';
export { irreplaceableLayers } from '../image/irreplaceable.js';
export { NOTES } from '../image/made-layers.js';
export { TRIMMED } from '../trim-store.js';
export { imageByName } from './image-by-name.js';
export type { PinRequest } from './pin-references.js';
export {
  checkBuildable,
  discardOutput,
  makePackages,
  planGivenPackage,
  readGivenPackage,
  wasMadeHere,
  type GivenFolder,
  type GivenPackage,
  type PackagePins,
} from './given-package.js';
export type { StandaloneSystem } from './inventory.js';
export { nameImages } from './name-images.js';
export { formatIndex } from '../publish/image-index.js';
export { otherImages, writeIndexes, type IndexRequest } from '../publish/write-index.js';
export { tagOf, type PackageTag, type TagOptions } from '../publish/package-tag.js';
export { tagsAtHead, type HashOptions } from '../publish/git-tag.js';
export type { PackageOverrides } from '../plan/dockerfile/package-overrides.js';
export { buildArguments } from '../plan/dockerfile/build-arguments.js';
export type { ImageNode } from '../plan/image-node.js';
