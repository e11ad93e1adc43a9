export {
  benchYaml,
  BOOT_IMAGES,
  bootYaml,
  debianImages,
  pushDebianImages,
  type DebianImage,
  type DebianImages,
} from './debian-images/index.js';
export { attestedIndex, type AttestationSpec } from './images/attested.js';
export { paxOf, tarOf, type TestEntry } from './images/entry.js';
export {
  indexOf,
  jsonBlob,
  randomImage,
  type Compression,
  type ImageOptions,
  type LayerSpec,
  type TestBlob,
  type TestImage,
  type TestIndex,
  type TestLayer,
} from './images/image.js';
export { dockerArchiveOf, layoutOf, ociArchiveOf, type Named } from './images/layout.js';
export { randomBytes, randomNumbers } from './images/random.js';
export type { AuthOptions } from './registries/auth.js';
export {
  startBareRegistry,
  startRegistry,
  type BareRegistry,
  type RegistryOptions,
  type TestRegistry,
} from './registries/debian.js';
export type { Fault, FaultRule } from './registries/faults.js';
export { freePort, listen, type Listening } from './registries/listen.js';
export { startMemoryRegistry, type MemoryRegistry, type MemoryRegistryOptions } from './registries/memory.js';
export { pushTo } from './registries/push.js';
export type { LoggedRequest, RequestLog } from './registries/requests.js';
export {
  startReferrersRegistry,
  type ReferrersRegistry,
  type ReferrersRegistryOptions,
} from './registries/referrers.js';
export { sampleOf, WHOLE } from './sample.js';
