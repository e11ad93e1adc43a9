import type { StageName } from './stages.js';

/**
 * Why a stage made its output. `absent`: no output was there. `other-inputs`: the one there was made of other inputs.
 * `unusable`: the one there was damaged, or not trusted. `asked`: formats have no seal, so each task of one makes it.
 */
export type MadeBecause = 'absent' | 'other-inputs' | 'unusable' | 'asked';

/** An output that this process has made. */
export interface MadeOutput {
  readonly stage: StageName;
  /** Folder of the output, relative to the workspace. */
  readonly folder: string;
  /** The name of a format. */
  readonly format?: string;
  readonly because: MadeBecause;
  /** Milliseconds that it took, with what it waited for. */
  readonly milliseconds: number;
}
