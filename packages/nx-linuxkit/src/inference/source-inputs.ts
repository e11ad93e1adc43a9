import { existsSync } from 'node:fs';
import type { OsSpec } from '@nx-linuxkit/spec';
import { sourceCandidates, type OsFile } from '@nx-linuxkit/stages/plan';
import { findProducer, type Dependency } from './producer.js';
import type { Input } from './target.js';
import { globOf, filesetOf } from './watch/glob.js';
import { checkName } from './watch/usable-name.js';
import { inputsOf, type Watch } from './watch/watch.js';

/** What Nx must know about the files that the `files` entries of a system read. */
export interface SourceInputs {
  /** Files that Nx watches, for the node's named input. */
  readonly files: readonly Input[];
  /** Files that other tasks make: inputs of every task that depends on their bytes. */
  readonly made: readonly Input[];
  /** The tasks that make them. */
  readonly dependsOn: Dependency[];
  /** Why Nx cannot watch a file: then no task that reads it may be cached. */
  readonly unwatched?: string;
}

/** Finds the inputs of a system's `files` entries. Throws StageError `unusable-path` for a name that no file can have. */
export function sourceInputs(os: OsSpec, { folder }: OsFile, watch: Watch): SourceInputs {
  const found = os.files.flatMap(({ source }, i) => {
    if (source === undefined) return [];
    checkName(source, os.where(['files', i, 'source']));
    return candidatesOf(source, folder, watch);
  });
  return {
    files: found.flatMap(({ files }) => files),
    made: found.flatMap(({ made }) => made),
    dependsOn: unique(found.flatMap(({ dependsOn }) => dependsOn)),
    unwatched: found.find(({ unwatched }) => unwatched)?.unwatched,
  };
}

/** The places where a source may lie. All are inputs, because a file may appear at each. */
function candidatesOf(source: string, folder: string, watch: Watch): SourceInputs[] {
  let settled = false;
  return sourceCandidates(source, folder, watch.workspaceRoot).map((path) => {
    const found = candidate(path, folder, watch);
    // A later place counts only when this file goes away, and then Nx asks for the graph again.
    const counts = !settled;
    settled ||= existsSync(path) && watch.document(path).unwatched === undefined;
    return counts ? found : { ...found, unwatched: undefined };
  });
}

function candidate(path: string, folder: string, watch: Watch): SourceInputs {
  const { links, target, unwatched } = watch.file(path);
  const steps = [...links, ...target];
  const dependsOn = steps.flatMap((step) => findProducer(step, watch.workspaceRoot, folder) ?? []);
  if (dependsOn.length === 0) return { files: inputsOf({ links, target }), made: [], dependsOn, unwatched };
  return {
    files: steps.map((step) => filesetOf(step)),
    made: steps.map((step) => ({ dependentTasksOutputFiles: globOf(step), transitive: true })),
    dependsOn,
    unwatched: watch.made(path).unwatched,
  };
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
