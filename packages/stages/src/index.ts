export { build, buildMoved, type BuildRequest } from './build.js';
export { openEnvironment, type Environment, type Log } from './environment.js';
export { leastMemory } from './initramfs/memory.js';
export type { LayerWork } from './layers/layer.js';
export { lock, type LockRequest } from './lock/index.js';
export { lockPackageFolder } from './lock/lock-package.js';
export { Pipeline } from './pipeline.js';
export * from './plan/index.js';
export type { OsTask, StageTask } from './task.js';
