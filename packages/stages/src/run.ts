/** What runs one task of a graph: a batch starts for every build, so it loads nothing that writes locks. */
export { openEnvironment } from './open-environment.js';
export { Pipeline } from './pipeline.js';
export { runStage, type StageTask } from './run-stage.js';
