export { CloudError, type CloudErrorCode } from './error.js';
export type { Platform, PlatformOption } from './platform.js';
export { findPlatform, isPlatform, platforms } from './platforms.js';
export {
  instancePlatforms,
  runInstance,
  type InstanceRequest,
  type RunningInstance,
} from './run-instance.js';
export { push, unpush, type CloudRequest, type PushRequest, type PushResult } from './push.js';
