import type { Keychain } from '../credentials.js';
import type { Connections } from '../registry/connections.js';
import type { HttpOptions } from '../registry/http.js';

export interface SourceOptions extends HttpOptions {
  /** The folder that relative paths of `oci:` and the archives start from; default: the working directory. */
  readonly base?: string;
  /** A folder for what a Docker daemon exports and for compressed archives; default: the system's. */
  readonly temp?: string;
  /** Default: Docker's and Podman's own files. */
  readonly keychain?: Keychain;
  /** Host to the URLs to try first: `{"docker.io": ["http://localhost:5000/prefix"]}`; `*` means any host. */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
  /** Hosts that may be spoken to over plain http. Loopback, private addresses and `*.local` always may. */
  readonly insecure?: readonly string[];
  /** Shared with other sources, made with its own HttpOptions, and closed by its owner; default: one for each source. */
  readonly connections?: Connections;
  /** Pauses before a second and a third attempt; milliseconds. */
  readonly retryDelays?: readonly number[];
  /** Options of dockerode; default: DOCKER_HOST and its like, else the local socket. */
  readonly docker?: { readonly socketPath?: string; readonly host?: string; readonly port?: number };
  /** Told what was survived: a retry, a mirror that failed. */
  readonly onWarning?: (message: string) => void;
  /** Told of bytes as they arrive. */
  readonly onProgress?: (bytes: number) => void;
}
