import { existsSync } from 'node:fs';
import type { Where } from '@nx-linuxkit/errors';
import type { FileSpec, OsSpec } from '@nx-linuxkit/spec';
import { StageError, folderEntries, sourceCandidates, type OsFile } from '@nx-linuxkit/stages/plan';
import type { Dependency, Producers } from './producer.js';
import type { Input } from './target.js';
import { globOf, filesetOf } from './watch/glob.js';
import { checkName } from './watch/usable-name.js';
import { inputsOf, type Watch, type Watched } from './watch/watch.js';

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

/**
 * Finds the inputs of a system's `files` entries. Throws StageError `unusable-path` for a name that no file can have, and
 * for a folder in which builds write.
 */
export function sourceInputs(
  os: OsSpec,
  { folder }: OsFile,
  watch: Watch,
  producers: Producers,
): SourceInputs {
  const found = os.files.flatMap((file, i): SourceInputs[] => {
    const { source } = file;
    if (source === undefined) return [];
    const where = () => os.where(['files', i, 'source']);
    checkName(source, where);
    return candidatesOf({ file, source, where }, { folder, watch, producers });
  });
  return {
    files: found.flatMap(({ files }) => files),
    made: found.flatMap(({ made }) => made),
    dependsOn: unique(found.flatMap(({ dependsOn }) => dependsOn)),
    unwatched: found.find(({ unwatched }) => unwatched)?.unwatched,
  };
}

/** A `files` entry that reads a file or a folder. */
interface Reading {
  readonly file: FileSpec;
  readonly source: string;
  readonly where: () => Where;
}

/** What tells how Nx sees the files of a workspace. */
interface Seeing {
  /** The folder of the YAML. */
  readonly folder: string;
  readonly watch: Watch;
  readonly producers: Producers;
}

/**
 * The places where a source may lie, up to the first one that settles it: something is there, and Nx asks for the graph
 * again when it goes away. An earlier place is an input too, because a file may appear there.
 */
function candidatesOf(reading: Reading, seeing: Seeing): SourceInputs[] {
  const { folder, watch } = seeing;
  const found: SourceInputs[] = [];
  for (const path of sourceCandidates(reading.source, folder, watch.workspaceRoot)) {
    const seen = watch.document(path);
    found.push(candidate(path, seen, reading, seeing));
    if (seen.unwatched === undefined && existsSync(path)) break;
  }
  return found;
}

/** The inputs for one place. `seen` is what Nx sees of it without looking for git-ignored files. */
function candidate(path: string, seen: Watched, reading: Reading, seeing: Seeing): SourceInputs {
  const { folder, watch, producers } = seeing;
  const isFolder = reading.file.directory === true;
  const isSeen = !isFolder && seen.unwatched === undefined;
  const watched = isFolder ? watchFolder(path, reading, watch) : isSeen ? seen : watch.file(path);
  const { links, target, unwatched } = watched;
  const steps = [...links, ...target];
  const dependsOn = steps.flatMap((step) => producers.of(isFolder ? `${step}/*` : step, folder) ?? []);
  if (dependsOn.length === 0) {
    const files = isSeen
      ? steps.map((step) => filesetOf(step))
      : inputsOf(watched, isFolder ? 'below' : undefined);
    return { files, made: [], dependsOn, unwatched };
  }
  const below = isFolder ? (['below'] as const) : [];
  return {
    files: steps.flatMap((step) => [filesetOf(step), ...below.map((it) => filesetOf(step, it))]),
    made: steps.map((step) => ({
      dependentTasksOutputFiles: isFolder ? `${globOf(step)}/**/*` : globOf(step),
      transitive: true,
    })),
    dependsOn,
    unwatched: watch.made(path).unwatched,
  };
}

/** What Nx must watch for a folder of which an entry takes files. */
function watchFolder(path: string, { file, where }: Reading, watch: Watch): Watched {
  const inside = watch.outputsIn(path);
  if (inside !== undefined) {
    throw new StageError(
      'unusable-path',
      `builds write into ${inside}, which lies in the folder ${file.source}`,
      {
        where: where(),
        hint: 'Name a folder that holds no outputs.',
      },
    );
  }
  return watch.folder(path, () => folderEntries(path, file));
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
