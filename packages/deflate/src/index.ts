export { compress, type CompressOptions } from './compress.js';
export { DeflateError, type DeflateErrorCode } from './error.js';
export type { Copy, Hashed, Written } from './files.js';
export { dataRuns } from './data-runs.js';
export type { Op } from './op.js';
export { inflate } from './inflate.js';
export { compressFile, copyFile, hashFile, inThread, startThreads, transcodeFile } from './pool.js';
export { rewrite } from './rewrite.js';
export { transcode } from './transcode.js';
