import type { TestRegistry } from '@nx-linuxkit/testing';
import type { Workspace } from '../workspace/workspace.js';

/** An error with a command in its hint, and what the command promises. */
export interface TypedHint {
  /** The source that writes the hint. */
  readonly source: string;
  /** What a person did. */
  readonly did: string;
  /** Brings the workspace into the state in which the hint occurs. */
  readonly arrange?: (at: Place) => void | Promise<void>;
  /** What the person types, without `nx`, and the environment. */
  readonly types: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** The command of the hint. */
  readonly command: string;
  /** What else the hint says to do before the command. */
  readonly before?: (at: Place) => void | Promise<void>;
  /** What has to succeed afterwards, without `nx`, in the environment above. Default: what failed before. */
  readonly then?: readonly string[];
  /** What the command has to print. */
  readonly prints?: RegExp;
  /** Undoes what would disturb others. */
  readonly cleanUp?: (at: Place) => void;
}

/** Where hints are tried. */
export interface Place {
  readonly workspace: Workspace;
  readonly registry: TestRegistry;
}
