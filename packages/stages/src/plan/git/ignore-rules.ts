import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, posix, resolve } from 'node:path';
import ignore, { type Ignore } from 'ignore';

/** Whose rules count: git's alone, or those of Nx, which reads git's too. */
export type IgnoreReader = 'git' | 'nx';

/** Folders that each of them never looks into, whatever the rules say. */
const NEVER: Readonly<Record<IgnoreReader, RegExp>> = {
  git: /(^|\/)\.git(\/|$)/,
  nx: /(^|\/)(node_modules|\.git|\.yarn\/cache|\.nx\/cache|\.nx\/workspace-data)(\/|$)/,
};

/** Rules, and the folder that their patterns are relative to. */
interface FolderRules {
  readonly rules: Ignore;
  readonly from: string;
}

/**
 * Tells which files git leaves out when it lists a repository, by the files .gitignore of every folder,
 * .git/info/exclude and the user's own excludes. Nx also leaves out those that .nxignore names, which wins over git's rules.
 * A parent folder that is ignored hides what lies below it.
 */
export class IgnoreRules {
  private readonly files = new Map<string, Ignore | undefined>();
  private readonly folders = new Map<string, boolean>();
  private readonly applying = new Map<string, readonly FolderRules[]>();
  private readonly excludes = userExcludes();

  /** `root` is the absolute path of the repository, or of the workspace. */
  constructor(
    private readonly root: string,
    private readonly reader: IgnoreReader,
  ) {}

  /** `path` is relative to the root, with forward slashes; it need not exist. */
  ignores(path: string, isFolder = false): boolean {
    if (NEVER[this.reader].test(path)) return true;
    return this.ignoresFolder(posix.dirname(path)) || this.ignoresEntry(path, isFolder);
  }

  /** Whether a folder, or one that it lies in, is ignored. */
  private ignoresFolder(path: string): boolean {
    if (path === '.') return false;
    const known = this.folders.get(path);
    if (known !== undefined) return known;
    const ignored = this.ignoresFolder(posix.dirname(path)) || this.ignoresEntry(path, true);
    this.folders.set(path, ignored);
    return ignored;
  }

  private ignoresEntry(path: string, isFolder: boolean): boolean {
    for (const { rules, from } of this.rulesFor(posix.dirname(path))) {
      const { ignored, unignored } = rules.test(relativeTo(from, path) + (isFolder ? '/' : ''));
      if (ignored || unignored) return ignored;
    }
    return false;
  }

  /** The rules for what lies in a folder, those that win first: of one kind of file, the nearest. */
  private rulesFor(folder: string): readonly FolderRules[] {
    const known = this.applying.get(folder);
    if (known) return known;
    const folders = folder === '.' ? ['.'] : [folder, ...parentsOf(folder)];
    const named = (name: string) => folders.map((from) => ({ file: join(this.root, from, name), from }));
    const found = [
      ...(this.reader === 'nx' ? named('.nxignore') : []),
      ...named('.gitignore'),
      { file: join(this.root, '.git/info/exclude'), from: '.' },
      { file: this.excludes, from: '.' },
    ].flatMap(({ file, from }) => {
      const rules = this.rulesIn(file);
      return rules ? [{ rules, from }] : [];
    });
    this.applying.set(folder, found);
    return found;
  }

  private rulesIn(file: string): Ignore | undefined {
    if (!this.files.has(file)) this.files.set(file, readRules(file));
    return this.files.get(file);
  }
}

function readRules(file: string): Ignore | undefined {
  const text = readText(file);
  return text === undefined ? undefined : ignore({ ignorecase: false }).add(text);
}

function readText(file: string): string | undefined {
  // Most folders have no such file, and an error takes far longer than this look.
  if (!existsSync(file)) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The file of a user's own excludes: `core.excludesFile`, else git's default. */
function userExcludes(): string {
  const config = process.env.XDG_CONFIG_HOME || join(homedir(), '.config');
  const named = [join(homedir(), '.gitconfig'), join(config, 'git/config')]
    .map((file) => /^\s*excludesfile\s*=\s*"?([^"\n]+?)"?\s*$/im.exec(readText(file) ?? '')?.[1])
    .find((path) => path !== undefined);
  if (named === undefined) return join(config, 'git/ignore');
  return named.startsWith('~/') ? join(homedir(), named.slice(2)) : resolve(homedir(), named);
}

/** The folders of a path, the nearest first, and the workspace itself as `.`. */
function parentsOf(path: string): string[] {
  const folder = posix.dirname(path);
  return folder === '.' ? ['.'] : [folder, ...parentsOf(folder)];
}

function relativeTo(folder: string, path: string): string {
  return folder === '.' ? path : path.slice(folder.length + 1);
}
