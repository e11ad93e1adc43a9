export { Cache, type CacheOptions } from './cache.js';
export { CacheError, type CacheErrorCode } from './error.js';
export { main } from './main.js';
export { openPlace } from './place/parse.js';
export type { Blob, Place, Range, Sink, Traffic } from './place/place.js';
export type { RegistryOptions } from './place/registry.js';
export { Trust, type KeyFiles } from './trust.js';
