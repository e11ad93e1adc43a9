import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { OsPlan } from '../plan/os-plan.js';
import type { ImageNode } from '../plan/image-node.js';
import { lockFileOf } from '../plan/project-name.js';
import { sourceCandidates } from '../plan/sources.js';

/** A folder that a system reads from. */
export interface ReadPlace {
  /** Absolute path. */
  readonly folder: string;
  /** Whether everything below it counts, and not its files alone. */
  readonly isDeep: boolean;
}

/**
 * Lists the folders whose files a system reads: those of its YAMLs, of its lock and of nx.json, of packages with all below them, and of
 * the sources of `files`, also where a source is not there yet.
 */
export function readPlaces(workspaceRoot: string, plan: OsPlan): ReadPlace[] {
  const at = (path: string) => join(workspaceRoot, path);
  const documents = ['nx.json', plan.file, lockFileOf(plan.file), ...plan.os.documents].map((path) =>
    dirname(at(path)),
  );
  const packages = plan.images.flatMap(packageFolders).map(at);
  const sources = plan.os.files.flatMap(({ source }) =>
    source === undefined ? [] : sourceCandidates(source, dirname(plan.file), workspaceRoot, plan.sourceBase),
  );
  const folders = sources.filter(isFolder);
  const shallow = [...documents, ...sources.map((path) => dirname(path))].filter(isFolder);
  const deep = [...packages, ...folders];
  return [
    ...[...new Set(deep)].map((folder) => ({ folder, isDeep: true })),
    ...[...new Set(shallow)]
      .filter((folder) => !deep.includes(folder))
      .map((folder) => ({ folder, isDeep: false })),
  ];
}

function packageFolders({ source }: ImageNode): string[] {
  if (source.kind !== 'package') return [];
  return [source.folder, ...(source.dockerfile?.bases ?? []).flatMap(({ image }) => packageFolders(image))];
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
