import { statSync } from 'node:fs';
import type { FileSpec } from '@nx-linuxkit/spec';
import { numericId } from '@nx-linuxkit/spec';
import { ancestorsOf, type Inode } from '@nx-linuxkit/tree';
import type { Context } from '../context.js';
import { StageError } from '../error.js';
import { folderEntries, folderPatterns } from '../plan/source-folder.js';
import { hostFile } from './host-file.js';
import { parentMode } from './parent-mode.js';

/** Who may do what with a file. */
type Owner = Pick<Inode, 'mode' | 'uid' | 'gid'>;

/** A file or directory of a local folder, as it is in the root file system. */
export interface FolderFile extends Owner, Pick<Inode, 'type' | 'content'> {
  /** Relative to the folder; empty for the folder itself. */
  readonly path: string;
  /** Set for a directory. */
  readonly isImplied?: true;
}

/** What the YAML says of a folder. */
export interface FolderInput {
  readonly file: FileSpec;
  /** Owner and mode of files that no rule is about. */
  readonly owner: Owner;
  /** Numbers of the users and groups that the YAML may name. */
  readonly ids: ReadonlyMap<string, number>;
}

/**
 * Reads the files of a folder that an entry takes, each after the directories that lead to it, as if each file had an entry
 * of its own. Modes of this machine do not count, because checkouts differ in them and Nx does not watch them. Empty when
 * no file is taken.
 */
export async function readFolder(
  folder: string,
  input: FolderInput,
  context: Pick<Context, 'file'>,
): Promise<FolderFile[]> {
  const ownerOf = owners(input);
  const directories = new Set<string>();
  const found: FolderFile[] = [];
  for (const { path, source, type } of folderEntries(folder, input.file)) {
    if (type === 'linked-folder') continue;
    for (const directory of ['', ...ancestorsOf(path)]) {
      if (directories.has(directory)) continue;
      directories.add(directory);
      const { mode, ...ids } = directory === '' ? input.owner : ownerOf(`${directory}/`);
      found.push({ path: directory, type: 'dir', mode: parentMode(mode), ...ids, isImplied: true });
    }
    const stat = statSync(source, { throwIfNoEntry: false });
    if (!stat?.isFile())
      throw unreadable(source, stat === undefined ? 'leads nowhere' : 'is no regular file');
    found.push({ path, type: 'file', ...ownerOf(path), content: await hostFile(source, stat.size, context) });
  }
  return found;
}

/** Tells owner and mode by path; that of a directory ends with a slash. */
function owners({ file: { rules = [] }, owner, ids }: FolderInput): (path: string) => Owner {
  const compiled = rules.map(({ match, mode, uid, gid }) => ({
    matches: folderPatterns(match),
    owner: {
      ...(mode && { mode: parseInt(mode, 8) }),
      ...(uid !== undefined && { uid: numericId(uid, ids) }),
      ...(gid !== undefined && { gid: numericId(gid, ids) }),
    },
  }));
  return (path) => {
    const matching = compiled.filter(({ matches }) => matches(path));
    return Object.assign({}, owner, ...matching.map((rule) => rule.owner)) as Owner;
  };
}

function unreadable(path: string, why: string): StageError {
  return new StageError('unreadable-file', `${path} ${why}`, {
    hint: 'Take it away, or leave it out by exclude.',
  });
}
