import type { Store } from '@nx-linuxkit/oci';
import type { ByteSource } from '@nx-linuxkit/tree';
import type { Log } from './environment.js';
import type { VerifiedFiles } from './verified-files.js';

/** What every stage may use beside its input. It decides no byte of an output. */
export interface Context {
  readonly store: Store;
  readonly verified: VerifiedFiles;
  readonly log: Log;
  /** The absolute path of a folder or file that is named relative to the workspace. */
  path(...parts: string[]): string;
  /** Opens a file of this machine at its first read; the pipeline closes it. `size` is in bytes. */
  file(path: string, named: { readonly id: string; readonly size: number }): ByteSource;
}
