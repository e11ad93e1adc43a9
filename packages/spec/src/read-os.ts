import type { OsSpec } from './model.js';
import { checkOs } from './os/check.js';
import { listSystems, readDocuments, type Load } from './os/documents.js';
import { mergeDocuments } from './os/merge.js';
import type { ValueSources } from './os/variables.js';
import { throwProblems } from './problem.js';

/** Options of `readOs` and `readOsList`. */
export interface ReadOptions extends ValueSources {
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
 * Variables are replaced by the values that the options and the files give.
 *
 * Throws one `SpecError` for all problems of a kind: `unreadable-file`, `circular-extends`, `bad-yaml` and
 * `bad-document` for a single file; `bad-value`, `duplicate-name`, `unknown-name` and `missing-value` for the merged
 * system.
 * Source: https://github.com/linuxkit/linuxkit/blob/v1.8.2/docs/yaml.md.
 */
export function readOsList(files: readonly string[], load: Load, options: ReadOptions = {}): OsSpec {
  const documents = readDocuments(files, load, options);
  const os = mergeDocuments(documents);
  throwProblems(checkOs(os, options.formats));
  return os;
}

/**
 * Lists the systems that the last of these files describes, each by the option `variant` that reads it: `undefined` for
 * the file by itself, which comes first, then its variants in order. A file with `variants` is no system by itself if
 * one of its variables has no value without them. The errors are `unreadable-file`, `circular-extends`, `bad-yaml`.
 */
export function readVariants(
  files: readonly string[],
  load: Load,
  options: Omit<ValueSources, 'variant'> = {},
): (string | undefined)[] {
  return listSystems(files, load, options);
}
