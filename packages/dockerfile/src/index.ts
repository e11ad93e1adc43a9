export { buildImage } from './build/build-image.js';
export type { BuildInput } from './build/build-input.js';
export { withTriggers } from './build/triggers.js';
export { buildWith, type BuildWithInput } from './build/build-with.js';
export type { Access, Builder, BuilderRequest } from './builders/builder.js';
export { findBuilder } from './builders/find-builder.js';
export type { BaseImage, LayerFiles } from './image/base-image.js';
export { writeArchive, type ArchiveParts, type WrittenImage } from './image/write-image.js';
export * from './plan/index.js';
