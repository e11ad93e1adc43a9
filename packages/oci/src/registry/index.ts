export { Keychain, type Credentials, type KeychainOptions, type Lookup } from '../credentials.js';
export { RegistryClient, type Call } from './client.js';
export { Connections } from './connections.js';
export { endpointsOf, originEndpoint, type Endpoint, type EndpointOptions } from './endpoint.js';
export type { HttpOptions } from '../http/http-client.js';
export { openLayoutRepository } from './layout-repository.js';
export { getManifest, type FetchedManifest } from './manifests.js';
export {
  hasBlob,
  mountBlob,
  pushBlob,
  pushImage,
  pushManifest,
  type PushableBlob,
  type PushableImage,
} from './push.js';
export { openRepository, type Repository } from './repository.js';
