/** What runs one task of a graph. A batch starts for every build, so this entry loads nothing that writes locks. */
export { openEnvironment } from './environment.js';
export { Pipeline } from './pipeline.js';
export type { StageTask } from './task.js';
