export { buildImage, type BuildInput } from './build/build-image.js';
export type { BaseImage } from './image/base-image.js';
export type { WrittenImage } from './image/write-image.js';
export * from './plan/index.js';
