export {
  extendBuildSchema,
  formatLabel,
  parseBuild,
  readBuild,
  type BuildDocument,
  type ParsedBuild,
} from './build.js';
export type { BuildYml } from './build-yml.js';
export { bundlePath, containerConfigs, type BundleOptions, type ContainerBundle } from './bundle.js';
export { expandCapabilities } from './container/capabilities.js';
export { readImageConfig } from './container/image-config.js';
export { readLabel, type Label } from './container/label.js';
export { SpecError, type SpecErrorCode } from './error.js';
export { formatJson } from './go-json.js';
export { idMap, numericId } from './ids.js';
export type {
  Container,
  Device,
  IdMapping,
  Interface,
  LinuxkitYml,
  Mount,
  Output,
  Resources,
  Runtime,
} from './linuxkit-yml.js';
export { formatMetadata } from './metadata.js';
export { DEFAULT_PLATFORM, SECTIONS } from './model.js';
export type { DocumentPath, FileSpec, Kernel, OciImageConfig, OsSpec, Section, Volume } from './model.js';
export type { Load } from './os/documents.js';
export { parseAssignments } from './os/assignments.js';
export type { ValueSources } from './os/variables.js';
export { fileKind, fileMode, fileModes, type FileKind } from './os/files.js';
export { readOs, readOsList, readVariants, type ReadOptions } from './read-os.js';
export { expandReference } from './reference.js';
export { nearest } from './schema/nearest.js';
export { buildSchema, linuxkitSchema, type JsonSchema } from './schema/schemas.js';
