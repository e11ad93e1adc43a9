import { isUtf8 } from 'node:buffer';
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { IgnoreRules, insideWorkspace, type FolderEntry } from '@nx-linuxkit/stages/plan';
import type { Input } from '../target.js';
import { filesetOf } from './glob.js';
import { inDaemon } from './in-daemon.js';
import { Trails } from './trail.js';
import { unusable } from './usable-name.js';

/**
 * Nx hashes git-ignored files (`includeIgnored`) since version 24. The version is read here, because the devkit loads
 * slowly.
 */
const { version } = createRequire(__filename)('nx/package.json') as { version: string };
export const HASHES_IGNORED_FILES = Number.parseInt(version, 10) >= 24;

/** What Nx must watch for a file or a folder that a task reads. Paths are relative to the workspace. */
export interface Watched {
  /** The symlinks on the way: with another link another file is read. */
  readonly links: readonly string[];
  /** What they lead to, as far as it lies in the workspace. */
  readonly target: readonly string[];
  /** Why Nx cannot watch all of it; a task that reads it must not be cached then. */
  readonly unwatched?: string;
}

/**
 * What Nx leaves out when it looks through a folder, ignored or not: the folders that IgnoreRules names too, and the files
 * that test runners write beside their configuration.
 * https://github.com/nrwl/nx/blob/24.0.6/packages/nx/src/native/walker.rs
 */
const UNSEEN =
  /(^|\/)(node_modules|\.git|\.yarn\/cache|\.nx\/cache|\.nx\/workspace-data)(\/|$)|(^|\/)vite(st)?\.config\.m?ts\.timestamp[^/]*\.mjs$/;

/** What Nx's daemon takes for the backup file of an editor, and does not watch. */
const BACKUP = /~$/;

/** Folders of the workspace in which builds write. */
const OUTPUTS = ['.linuxkit', 'dist'];

/** Finds what Nx must watch, in one workspace as its files are now. */
export class Watch {
  private readonly rules: IgnoreRules;
  private readonly trails: Trails;
  /** What was found along a path. Files of a package are asked for by several targets. */
  private readonly found = new Map<string, Watched>();

  constructor(
    readonly workspaceRoot: string,
    private readonly hashesIgnored: boolean = HASHES_IGNORED_FILES,
    private readonly overlooksLinks: boolean = inDaemon(),
  ) {
    this.rules = new IgnoreRules(workspaceRoot, 'nx');
    this.trails = new Trails(workspaceRoot);
  }

  /** A file that a task reads when it runs; `path` is absolute. */
  file(path: string): Watched {
    return this.along(path, this.hashesIgnored);
  }

  /** A file that another task makes: Nx takes it from that task's outputs, git-ignored or not. */
  made(path: string): Watched {
    return this.along(path, true);
  }

  /**
   * A file that inference reads. A daemon infers again when a file changes that Nx watches, and a git-ignored file is
   * not among them in any version.
   */
  document(path: string): Watched {
    return this.along(path, false);
  }

  /**
   * A file, or a folder with everything below it, that a task reads when it runs. Throws StageError `unusable-path` for
   * a name that is no UTF-8.
   */
  tree(path: string, above: readonly string[] = []): Watched {
    const found = this.file(path);
    const real = realFolder(path);
    // A loop of folders: the task that reads them reports it.
    if (real === undefined || above.includes(real) || found.unwatched) return found;
    const below = namesIn(path).map((name) => this.tree(join(path, name), [...above, real]));
    return {
      links: [...found.links, ...below.flatMap(({ links }) => links)],
      target: [...found.target, ...below.flatMap(({ target }) => target)],
      unwatched: below.find(({ unwatched }) => unwatched)?.unwatched,
    };
  }

  /**
   * A folder of which a task takes some entries, which `entries` lists if it is there. `target` has the folder and what links
   * in it lead to, and stands for all that lies below.
   */
  folder(path: string, entries: () => readonly FolderEntry[]): Watched {
    const found = this.file(path);
    if (realFolder(path) === undefined) return found;
    const below = entries().map((entry) => this.entry(entry, path));
    return {
      links: [...found.links, ...below.flatMap(({ links }) => links)],
      target: [...found.target, ...below.flatMap(({ target }) => target)],
      unwatched: [found, ...below].find(({ unwatched }) => unwatched)?.unwatched,
    };
  }

  private entry({ source, path, below, type }: FolderEntry, folder: string): Watched {
    if (type !== 'file') return this.file(source);
    const name = insideWorkspace(join(folder, path), this.workspaceRoot) ?? source;
    const isBackup = this.overlooksLinks && BACKUP.test(name);
    const unwatched = UNSEEN.test(below)
      ? `Nx never looks at ${name}`
      : this.hashesIgnored && !isBackup
        ? undefined
        : this.file(source).unwatched;
    return { links: [], target: [], unwatched };
  }

  /** Where builds write in a folder: all of the workspace's outputs; undefined for a folder without outputs. */
  outputsIn(path: string): string | undefined {
    const real = realFolder(path);
    if (real === undefined) return undefined;
    return OUTPUTS.find((name) => {
      const output = join(this.trails.realRoot, name);
      return output === real || insideWorkspace(output, real) !== undefined;
    });
  }

  private along(path: string, mayBeIgnored: boolean): Watched {
    const key = `${mayBeIgnored ? '' : '!'}${path}`;
    const known = this.found.get(key) ?? this.look(path, mayBeIgnored);
    this.found.set(key, known);
    return known;
  }

  private look(path: string, mayBeIgnored: boolean): Watched {
    const trail = this.trails.of(path);
    const inside = (step: string) => insideWorkspace(step, this.trails.realRoot) ?? [];
    const links = trail.links.flatMap(inside);
    const target = trail.broken ? [] : [trail.target].flatMap(inside);
    const name = insideWorkspace(path, this.workspaceRoot) ?? path;
    const because = (unwatched: string): Watched => ({ links, target, unwatched });

    if (trail.broken) return because(`the symlink ${name} leads nowhere`);
    if (links.length < trail.links.length || target.length === 0) {
      const what = trail.links.length > 0 ? `the symlink ${name} leads` : `${name} is`;
      return because(`${what} outside the workspace`);
    }
    // Nx does not see when an ignored link becomes another one.
    const ignored = [...links, ...(mayBeIgnored ? [] : target)].find((step) => this.rules.ignores(step));
    if (ignored !== undefined) return because(`${ignored} is git-ignored`);
    const backup = [...links, ...target].find((step) => BACKUP.test(step));
    if (this.overlooksLinks && backup !== undefined)
      return because(`Nx's daemon does not watch ${backup}, whose name ends in ~`);
    if (this.overlooksLinks && links.length > 0)
      return because(`Nx's daemon does not see where the symlink ${links[0]} leads`);
    return { links, target };
  }
}

/**
 * The inputs for what Nx watches, when no task makes it. `below` adds what lies below a target. Links have no
 * `includeIgnored`: with it Nx would list all that lies below a link to a folder.
 */
export function inputsOf({ links, target }: Watched, below?: 'below'): Input[] {
  const filesets = [...new Set(target)].flatMap((path) => [
    filesetOf(path),
    ...(below ? [filesetOf(path, below)] : []),
  ]);
  return [
    ...[...new Set(links)].map((path) => filesetOf(path)),
    ...filesets.flatMap((fileset) => (HASHES_IGNORED_FILES ? [fileset, includeIgnored(fileset)] : [fileset])),
  ];
}

/** Nx 23 does not know the key, so its types may not either. */
function includeIgnored(fileset: string): Input {
  return { fileset, includeIgnored: true } as unknown as Input;
}

function realFolder(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? realpathSync(path) : undefined;
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): string[] {
  return readdirSync(folder, 'buffer').map((name) => {
    if (isUtf8(name)) return name.toString();
    throw unusable(`the name of ${join(folder, name.toString())} is no UTF-8`);
  });
}
