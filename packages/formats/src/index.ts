export { roots, type Root } from './format.js';
export type { Container, FileRole, Format, FormatOptions, Medium, RootFileSystem } from './format.js';
export { loaderNames, type LoaderName } from './loaders.js';
export { fileNames, findFormat, formatNames, loadersOf, supportsPlatform } from './lookup.js';
export { withRootDevice } from './root-device.js';
export { formats } from './table.js';
