/** The part of this package that reads a layer's bytes. A worker thread or a pull loads this and nothing else. */
export { TreeError, type TreeErrorCode } from '../error.js';
export { fileSource, type FileSource } from '../source.js';
export { TarIndexer } from '../tar/indexer.js';
export { writeFully } from '../write.js';
export { LayerIndexText, parseLayerIndex } from './layer-index.js';
