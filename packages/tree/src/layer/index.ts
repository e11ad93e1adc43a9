/** What reads the bytes of a layer, by itself: whoever pulls, or runs in a thread, loads nothing else of this package. */
export { TreeError, type TreeErrorCode } from '../error.js';
export { fileSource, type FileSource } from '../source.js';
export { TarIndexer } from '../tar/indexer.js';
export { writeFully } from '../write.js';
export { parseLayerIndex, serialiseLayerIndex } from './layer-index.js';
