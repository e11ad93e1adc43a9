export {
  finishedRoot,
  measuredSystem,
  runConversion,
  runFormat,
  systemParts,
  type FinishedRoot,
  type MeasuredSystem,
  type SystemParts,
} from './finished-system.js';
export { resultName, type Ask, type Asked, type AskedStage, type Inputs, type PlacedNode } from './inputs.js';
export { openPackage } from './package-making.js';
export { RUN_STAGE, describedSystem } from './run-stage.js';
