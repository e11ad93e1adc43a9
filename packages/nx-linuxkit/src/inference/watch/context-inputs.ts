import { join } from 'node:path';
import { insideWorkspace, type PackageInputs } from '@nx-linuxkit/stages/plan';
import type { Input } from '../target.js';
import { filesetOf } from './glob.js';
import { inputsOf, type Watch, type Watched } from './watch.js';

type Entry = PackageInputs['context'][number];

/**
 * The files that a package with a Dockerfile is made of, as inputs: its context after .dockerignore, and what describes it.
 * Names, modes and targets of symlinks are in the key of the image, as Nx hashes contents alone.
 */
export function contextInputs(
  { context, documents }: PackageInputs,
  watch: Watch,
): { readonly inputs: readonly Input[]; readonly unwatched?: string } {
  const inputs = [
    ...documents.flatMap((path) => inputsAt(join(watch.workspaceRoot, path), watch)),
    ...roots(context).flatMap(({ source, type }) =>
      inputsAt(source, watch, type === 'dir' ? 'below' : undefined),
    ),
  ];
  const files = context.filter(({ type }) => type === 'file').map(({ source }) => source);
  const ignored = files.filter((source) => watch.document(source).unwatched !== undefined);
  const watched = ignored.map((source): Watched => watch.file(source));
  const read = documents.map((path) => watch.document(join(watch.workspaceRoot, path)));
  return {
    inputs: [...inputs, ...watched.flatMap((file) => inputsOf(file))],
    unwatched: [...read, ...watched].find(({ unwatched }) => unwatched)?.unwatched,
  };
}

/** A file or folder, as inputs. Nx looks at nothing below a symlink, so a path with one in it stands for what it leads to. */
function inputsAt(source: string, watch: Watch, below?: 'below'): Input[] {
  const path = insideWorkspace(source, watch.workspaceRoot);
  const found = watch.document(source);
  if (found.links.length > 0) return inputsOf(found, below);
  return path === undefined ? [] : [filesetOf(path, below)];
}

/** Entries that stand for all below them: folders of which nothing is left out, and files in other folders. */
function roots(context: readonly Entry[]): Entry[] {
  const found: Entry[] = [];
  for (const entry of context) {
    const last = found.at(-1);
    if (last?.type === 'dir' && entry.path.startsWith(`${last.path}/`)) continue;
    if (entry.type === 'file' || entry.isWhole) found.push(entry);
  }
  return found;
}
