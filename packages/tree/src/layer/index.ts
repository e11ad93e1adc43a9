/** What reads a layer's tar, by itself: a thread loads nothing else of this package. */
export { TreeError, type TreeErrorCode } from '../error.js';
export { TarIndexer } from '../tar/indexer.js';
export { serialiseLayerIndex } from './layer-index.js';
