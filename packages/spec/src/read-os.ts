import type { OsSpec } from './model.js';
import { checkOs } from './os/check.js';
import { readDocuments, type Load } from './os/documents.js';
import { mergeDocuments } from './os/merge.js';
import { throwProblems } from './problem.js';

export interface ReadOptions {
  /** Names that `outputs[].format` may have. Default: any. */
  readonly formats?: readonly string[];
}

/** Reads one YAML with all that it extends. */
export function readOs(file: string, load: Load, options: ReadOptions = {}): OsSpec {
  return readOsList([file], load, options);
}

/** Reads several YAMLs as LinuxKit does when it is given several: merged in order. */
export function readOsList(files: readonly string[], load: Load, options: ReadOptions = {}): OsSpec {
  const documents = readDocuments(files, load);
  const os = mergeDocuments(documents);
  throwProblems(checkOs(os, options.formats));
  return os;
}
