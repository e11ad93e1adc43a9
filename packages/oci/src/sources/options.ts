import type { Keychain } from '../credentials.js';

export interface SourceOptions {
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
  /** A PEM file of certificate authorities, added to the system's. */
  readonly caFile?: string;
  /** Without a byte for so long, a connection counts as dead; milliseconds. */
  readonly idleTimeout?: number;
  /** Pauses before a second and a third attempt; milliseconds. */
  readonly retryDelays?: readonly number[];
  /** Options of dockerode; default: DOCKER_HOST and its like, else the local socket. */
  readonly docker?: { readonly socketPath?: string; readonly host?: string; readonly port?: number };
  /** Told what was survived: a retry, a mirror that failed. */
  readonly onWarning?: (message: string) => void;
  /** Told of bytes as they arrive. */
  readonly onProgress?: (bytes: number) => void;
}
