/** Reports on systems without a workspace: what the commands `size`, `why` and `diff` are made of. */
export { diffLines, type SystemDiff } from './diff/index.js';
export {
  checkBudget,
  compareSizes,
  readBudget,
  readMeasurement,
  sizeLines,
  type SystemSize,
} from './size/index.js';
export { diffStandalone, sizeStandalone, whyStandalone } from './standalone/reports.js';
export { whyLines, type Why } from './why/index.js';
