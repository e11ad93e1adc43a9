import type { Store } from '@nx-linuxkit/oci';
import type { ByteSource } from '@nx-linuxkit/tree';
import type { Log } from './environment.js';
import type { MadeOutput } from './made-output.js';
import type { Activity } from './progress/activity.js';
import type { Progress } from './progress/progress.js';
import type { TrustedOutputs } from './trusted-outputs.js';
import type { VerifiedFiles } from './verified-files.js';

/** What every stage may use beside its input. It decides no byte of an output. */
export interface Context {
  readonly store: Store;
  readonly verified: VerifiedFiles;
  /** Which outputs of earlier runs count. */
  readonly trusted: TrustedOutputs;
  readonly log: Log;
  /** Takes note of an output that was made, for the target `why`. */
  readonly made: (output: MadeOutput) => void;
  /** Reports what takes long. */
  readonly progress: Progress;
  /** The absolute path of what a user wrote: a file or folder that is named relative to the workspace. */
  path(...parts: string[]): string;
  /** The absolute path of what stages and formats write, below the folder of the outputs: the workspace as a rule. */
  outputPath(...parts: string[]): string;
  /** Opens a file of this machine at its first read; the pipeline closes it. `size` is in bytes. */
  file(path: string, named: { readonly id: string; readonly size: number }): ByteSource;
}

/** What a stage may use while it makes its output. */
export interface MakingContext extends Context {
  /** Takes what the stage says of its progress. */
  readonly activity: Activity;
}
