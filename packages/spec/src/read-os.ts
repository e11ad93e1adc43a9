import type { OsSpec } from './model.js';

/** Gives the text of a file; throws if there is none. */
export type Load = (path: string) => string;

export interface ReadOptions {
  /** Names that `outputs[].format` may have. Default: any. */
  readonly formats?: readonly string[];
}

/** Reads one YAML with all that it extends. */
export function readOs(file: string, load: Load, options: ReadOptions = {}): OsSpec {
  return readOsList([file], load, options);
}

/** Reads several YAMLs as LinuxKit does when it is given several: merged in order. */
export function readOsList(_files: readonly string[], _load: Load, _options: ReadOptions = {}): OsSpec {
  throw new Error('not written yet');
}
