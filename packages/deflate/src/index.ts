// Streams.
export { compress, type CompressOptions } from './compress.js';
export { DeflateError, type DeflateErrorCode } from './error.js';
export { inflate } from './inflate.js';
export type { Op } from './op.js';
export { rewrite } from './rewrite.js';
export { transcode } from './transcode.js';

// Blocks that stay compressed between builds.
export type { BlockStore } from './block-store.js';

// Joining members: header, what lies between header and end of each, end.
export { combineCrc } from './combine-crc.js';
export { crcOfEnd, GZIP_END_SIZE, gzipEnd, GZIP_HEADER } from './gzip.js';

// An index of deflate blocks, made by `inflate` for `transcode`.
export type { BlockIndex } from './block-index.js';
export { BlockIndexer, type BlockIndexOptions } from './block-indexer.js';

// Files, in worker threads.
export { dataRuns } from './data-runs.js';
export type { Copy, Hashed, Written } from './files.js';
export { copyFile, hashFile, inThread, startThreads, transcodeFile } from './pool.js';
