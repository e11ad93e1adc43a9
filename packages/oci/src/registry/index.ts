export { Keychain, type Credentials, type KeychainOptions, type Lookup } from '../credentials.js';
export { Connections } from './connections.js';
export type { HttpOptions } from '../http/http-client.js';
export type { FetchedManifest } from './manifests.js';
export { pushImage, type PushableBlob, type PushableImage } from './push.js';
export { openRepository, type Repository } from './repository.js';
