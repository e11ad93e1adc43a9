/** Reports on systems without a workspace: what the commands `size`, `why`, `diff`, `sbom`, `scan` and `licenses` are made of. */
export { diffLines, type SystemDiff } from './diff/index.js';
export { checkLicenses, licenseLines, readPolicy, type SystemLicenses } from './licenses/index.js';
export { checkScan, readSeverity, scanLines, type Finding, type SystemScan } from './scan/index.js';
export {
  checkBudget,
  compareSizes,
  readBudget,
  readMeasurement,
  sizeLines,
  type SystemSize,
} from './size/index.js';
export { scanStandalone, standaloneLicenses, writeStandaloneBom } from './standalone/inventory.js';
export { diffStandalone, sizeStandalone, whyStandalone } from './standalone/reports.js';
export { whyLines, type Why } from './why/index.js';
