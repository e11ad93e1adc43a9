/** Builds and exports without a workspace: what the command `nx-linuxkit` is made of. */
export { exportFormats, exportImage, type ExportFormat, type ExportRequest } from '../export/index.js';
export type { Environment, Log } from '../environment.js';
export { Pipeline } from '../pipeline.js';
export type { Settings } from '../plan/settings.js';
export { buildStandalone, mergedYaml, type StandaloneBuild, type StandaloneFiles } from './build.js';
export { openStandalone, OUTPUTS, type StandaloneOptions } from './environment.js';
export { storedSource } from './fetch-image.js';
export { pullSystem, type PulledSystem, type SystemPull } from '../publish/system/pull-system.js';
export { pushSystem, type SystemPush } from '../publish/system/push-system.js';
export { Sources } from '../sources.js';
export { imageByName } from './image-by-name.js';
export type { PinRequest } from './pin-references.js';
