import type { Keychain } from '../credentials.js';
import type { Connections } from '../registry/connections.js';
import type { EndpointOptions } from '../registry/endpoint.js';
import type { HttpOptions } from '../http/http-client.js';

/** How images are found and fetched. */
export interface SourceOptions extends HttpOptions, EndpointOptions {
  /** The folder from which relative paths of layouts and archives start; default: the working directory. */
  readonly base?: string;
  /** The folder for temporary files: exports of a Docker daemon, decompressed archives. Default: the system's. */
  readonly temp?: string;
  /** Where credentials are searched; default: the files of Docker and Podman. */
  readonly keychain?: Keychain;
  /**
   * Connections shared with other sources. The owner closes them, and their own options replace those of
   * `HttpOptions` here. Default: each source has its own.
   */
  readonly connections?: Connections;
  /** Milliseconds before each further attempt, so that its length is their number; default: `[1000, 3000]`. */
  readonly retryDelays?: readonly number[];
  /** Options of dockerode; default: DOCKER_HOST and its companions, or without them the local socket. */
  readonly docker?: { readonly socketPath?: string; readonly host?: string; readonly port?: number };
  /** Called with each fault that did not end the work: a retry, a failed mirror. */
  readonly onWarning?: (message: string) => void;
  /** Called with the number of bytes of each chunk that arrives from a registry. */
  readonly onProgress?: (bytes: number) => void;
}
