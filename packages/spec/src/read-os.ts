import type { OsSpec } from './model.js';
import { checkOs } from './os/check.js';
import { readDocuments, type Load } from './os/documents.js';
import { mergeDocuments } from './os/merge.js';
import { throwProblems } from './problem.js';

/** Options of `readOs` and `readOsList`. */
export interface ReadOptions {
  /** The names that `outputs[].format` may have. Default: every name is accepted. */
  readonly formats?: readonly string[];
}

/** Reads one YAML with all files that it extends. The errors are those of `readOsList`. */
export function readOs(file: string, load: Load, options: ReadOptions = {}): OsSpec {
  return readOsList([file], load, options);
}

/**
 * Reads several YAMLs with the files that they extend, merges them in order as `linuxkit build a.yml b.yml` does,
 * and checks the result. `load` returns the text of a file.
 *
 * Throws one `SpecError` for all problems of a kind: `unreadable-file`, `circular-extends`, `bad-yaml` and
 * `bad-document` for a single file; `bad-value`, `duplicate-name` and `unknown-name` for the merged system.
 * Source: https://github.com/linuxkit/linuxkit/blob/v1.8.2/docs/yaml.md.
 */
export function readOsList(files: readonly string[], load: Load, options: ReadOptions = {}): OsSpec {
  const documents = readDocuments(files, load);
  const os = mergeDocuments(documents);
  throwProblems(checkOs(os, options.formats));
  return os;
}
