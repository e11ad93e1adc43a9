import type { Instruction } from '../parse/instruction.js';
import type { Base } from '../plan/plan.js';
import type { Checksum } from './checksum.js';
import type { ModeChange } from './mode.js';

/** COPY or ADD, with its variables replaced. */
export interface CopyStep {
  readonly kind: 'copy';
  readonly instruction: Instruction;
  /** Paths or globs in the context or in `from`. */
  readonly sources: readonly string[];
  /** Files that stand in the Dockerfile. */
  readonly texts: readonly { readonly name: string; readonly text: string }[];
  /** Absolute path in the image; a slash at its end says that it is a folder. */
  readonly destination: string;
  /** Absent for the build context. */
  readonly from?: Base;
  /** As `--chown` has it: `user`, `user:group`, by name or number. */
  readonly owner?: string;
  /** What `--chmod` makes of a mode. */
  readonly mode?: ModeChange;
  /** Patterns of `--exclude`, as in a .dockerignore. They start from each source. */
  readonly excludes: readonly string[];
  /** Whether `--parents` keeps the folders above the sources. */
  readonly parents: boolean;
  /** What the bytes of a URL are, by `--checksum`. */
  readonly checksum?: Checksum;
  /** Whether archives among the local sources are unpacked, and archives of URLs: undefined for what ADD does by itself. */
  readonly unpacks?: boolean;
}

/** WORKDIR makes its folder. */
export interface FolderStep {
  readonly kind: 'folder';
  readonly instruction: Instruction;
  /** Absolute path in the image. */
  readonly path: string;
}

/** RUN, which only a builder can do. */
export interface RunStep {
  readonly kind: 'run';
  readonly instruction: Instruction;
}

/** A step that changes the file system. */
export type Step = CopyStep | FolderStep | RunStep;
