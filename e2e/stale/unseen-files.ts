import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { packageFolder } from '../graph/package-folder.js';
import type { Workspace } from '../workspace/workspace.js';

/** A system that reads a file in a way that Nx may not see. */
export interface UnseenCase {
  readonly name: string;
  /** The file that holds the text; relative to the workspace, and `..` leads out of it. */
  readonly file: string;
  /** Symlinks, each with its text. */
  readonly links?: Readonly<Record<string, string>>;
  /** The file is in this package; else it is a `source`. */
  readonly inPackage?: boolean;
  /** The `source` of the system, or of the package; default: the file itself. */
  readonly source?: string;
  /** The `source` is a folder, of which all files are taken. */
  readonly isFolder?: boolean;
  /** Why the system is not cached: for every version of Nx, or for Nx 23 only. */
  readonly unwatched?: string;
  readonly unwatched23?: string;
}

export const CASES: readonly UnseenCase[] = [
  { name: 'plain', file: 'apps/plain/text' },
  { name: 'link', file: 'apps/link/text', links: { 'apps/link/l': 'text' }, source: 'l' },
  {
    name: 'chain',
    file: 'shared/chain/text',
    links: { 'apps/chain/l': '../../shared/chain/middle', 'shared/chain/middle': 'text' },
    source: 'l',
  },
  {
    name: 'folder',
    file: 'shared/folder/text',
    links: { 'apps/folder/l': '../../shared/folder' },
    source: 'l/text',
  },
  {
    name: 'outside',
    file: '../outside',
    links: { 'apps/outside/l': '../../../outside' },
    source: 'l',
    unwatched: 'the symlink apps/outside/l leads outside the workspace',
  },
  { name: 'ignored', file: 'apps/ignored/made.o', unwatched23: 'apps/ignored/made.o is git-ignored' },
  { name: 'seen-again', file: 'apps/seen-again/keep.o' },
  {
    name: 'to-ignored',
    file: 'apps/to-ignored/made.o',
    links: { 'apps/to-ignored/l': 'made.o' },
    source: 'l',
    unwatched23: 'apps/to-ignored/made.o is git-ignored',
  },
  {
    name: 'ignored-link',
    file: 'apps/ignored-link/text',
    links: { 'apps/ignored-link/l.o': 'text' },
    source: 'l.o',
    unwatched: 'apps/ignored-link/l.o is git-ignored',
  },
  { name: 'in-folder', file: 'apps/in-folder/f/deep/text', source: 'f', isFolder: true },
  {
    name: 'ignored-in-folder',
    file: 'apps/ignored-in-folder/f/made.o',
    source: 'f',
    isFolder: true,
    unwatched23: 'apps/ignored-in-folder/f/made.o is git-ignored',
  },
  {
    name: 'linked-in-folder',
    file: 'shared/in-folder/text',
    links: { 'apps/linked-in-folder/f/l': '../../../shared/in-folder' },
    source: 'f',
    isFolder: true,
  },
  {
    name: 'folder-outside',
    file: '../outside-folder',
    links: { 'apps/folder-outside/f/l': '../../../../outside-folder' },
    source: 'f',
    isFolder: true,
    unwatched: 'the symlink apps/folder-outside/f/l leads outside the workspace',
  },
  {
    name: 'unseen-in-folder',
    file: 'apps/unseen-in-folder/f/node_modules/a/text',
    source: 'f',
    isFolder: true,
    unwatched: 'Nx never looks at apps/unseen-in-folder/f/node_modules/a/text',
  },
  {
    name: 'in-package',
    file: 'packages/in-package/files/made.o',
    inPackage: true,
    source: 'files/made.o',
    unwatched23: 'packages/in-package/files/made.o is git-ignored',
  },
  {
    name: 'below-package',
    file: 'packages/below-package/files/a/made.o',
    inPackage: true,
    source: 'files',
    unwatched23: 'packages/below-package/files/a/made.o is git-ignored',
  },
  {
    name: 'linked-package',
    file: 'shared/linked/text',
    links: { 'packages/linked-package/files/l': '../../../shared/linked' },
    inPackage: true,
    source: 'files',
  },
  {
    name: 'package-outside',
    file: '../outside-package',
    links: { 'packages/package-outside/l': '../../../outside-package' },
    inPackage: true,
    source: 'l',
    unwatched: 'the symlink packages/package-outside/l leads outside the workspace',
  },
];

export function textOf({ name }: UnseenCase, revision: number): string {
  return `<${name}, ${revision}>`;
}

/** Writes a case; `image` is the reference of an image. */
export function writeCase(workspace: Workspace, one: UnseenCase, image: string): void {
  const { name, file, links = {}, inPackage = false, source = 'text', isFolder = false } = one;
  const init = inPackage ? [image, `@pkg:../../packages/${name}`] : [image];
  const named = one.source ?? file.slice(file.lastIndexOf('/') + 1);
  workspace.write({
    ...(inPackage ? packageOf(name, source) : {}),
    [`apps/${name}/linuxkit.yml`]: JSON.stringify({
      init,
      files: inPackage
        ? []
        : [{ path: 'etc/read', source: `./${named}`, ...(isFolder && { directory: true }) }],
      outputs: [{ format: 'tar' }],
    }),
    [file]: textOf(one, 1),
  });
  for (const [path, text] of Object.entries(links)) relink(workspace, path, text);
}

/** Makes a symlink, or another one in its place. */
export function relink(workspace: Workspace, path: string, text: string): void {
  mkdirSync(dirname(workspace.path(path)), { recursive: true });
  rmSync(workspace.path(path), { force: true });
  symlinkSync(text, workspace.path(path));
}

function packageOf(name: string, source: string): Record<string, string> {
  const folder = `packages/${name}`;
  const files = packageFolder(folder, '');
  const build = files[`${folder}/build.yml`].replace('source: files/banner', `source: ${source}`);
  return {
    [`${folder}/build.lock.json`]: files[`${folder}/build.lock.json`],
    [`${folder}/build.yml`]: build,
  };
}
