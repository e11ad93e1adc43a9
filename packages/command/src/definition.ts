import type { FlagValues } from './flags/values.js';
import type { Surroundings } from './surroundings.js';

/** How a flag takes its value. `list` is split at commas and may be repeated; `repeated` may only be repeated. */
export type FlagKind = 'switch' | 'text' | 'number' | 'list' | 'repeated';

/** One flag of a command. */
export interface Flag {
  /** Without dashes. */
  readonly name: string;
  /** One letter, without its dash. */
  readonly short?: string;
  readonly kind: FlagKind;
  /** What stands for the value in help: `DIR`. Absent for a switch. */
  readonly value?: string;
  /** What the flag does here, as a sentence without its subject. */
  readonly text: string;
  /**
   * How the flag compares with LinuxKit's: the same (default), accepted without effect, refused with `text` as the reason,
   * or a flag that LinuxKit does not have.
   */
  readonly as?: 'same' | 'needless' | 'refused' | 'ours';
  /** The values that it may have. */
  readonly choices?: readonly string[];
}

/** What a command sees: its process, and the table of commands, which completion reads. */
export interface Call extends Surroundings {
  readonly commands: readonly Definition[];
}

/** Runs a command. Throws a Fault; an exit code other than 0 is for programs whose own code is passed on. */
export type Run = (values: FlagValues, given: readonly string[], call: Call) => Promise<number | void>;

/** One command: its folder has this in definition.ts, and its code in a file that is loaded when it runs. */
export interface Definition {
  /** Its words: `cache export`. */
  readonly name: string;
  /** What it does, as a sentence without its subject. */
  readonly text: string;
  /** Its arguments in help: `FILE...`. */
  readonly given: string;
  readonly flags: readonly Flag[];
  /** Names of flags of which at most one may be given. */
  readonly exclusive?: readonly (readonly string[])[];
  /** Absent for a command of LinuxKit that is not built here. */
  readonly load?: () => Promise<{ readonly run: Run }>;
  /** What to do in the place of a command that is not built. */
  readonly instead?: string;
}
