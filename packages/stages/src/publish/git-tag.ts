import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, lstatSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { StageError } from '../error.js';

const run = promisify(execFile);

/** Bytes of git's output: a list of files of a large repository has a few megabytes. */
const MAX_OUTPUT = 1 << 28;
/** Hexadecimal digits of the hash of files that are not committed. */
const DIRTY_DIGITS = 7;

/** What LinuxKit's tag of a package is made of. */
export interface GitTag {
  /** The hash of the package's tree, with `-dirty-…` for files that are not committed; empty outside of a git repository. */
  readonly hash: string;
  readonly isDirty: boolean;
}

/** What a command says about a hash. */
export interface HashOptions {
  /** The hash itself, in place of git's. Then a folder outside of a repository has a tag too. */
  readonly hash?: string;
  /** The commit whose tree is hashed. Default: HEAD. */
  readonly commit?: string;
  /** Absolute path of a folder above the package's, which is hashed in its place. */
  readonly hashPath?: string;
  /** Takes the folder for changed. */
  readonly dirty?: boolean;
}

const HEAD = 'HEAD';

/**
 * The hash by which LinuxKit tags a package: git's object of its folder at HEAD. With further sources it is the sha1 of all
 * these hashes in a row. Files that are changed or new add a hash of the bytes of all files, without their names and modes.
 * Source: LinuxKit, src/cmd/linuxkit/pkglib/git.go. Throws StageError `unsupported` for a folder that is in no commit, and
 * where git is missing.
 */
export async function gitTag(
  folder: string,
  extraSources: readonly string[] = [],
  { hash, commit = HEAD, hashPath = folder, dirty = false }: HashOptions = {},
): Promise<GitTag> {
  if (!(await isRepository(folder))) return { hash: hash ?? '', isDirty: dirty };
  if (hash !== undefined) return { hash, isDirty: await isChanged() };
  const own = await treeHash(hashPath, commit);
  const others = await Promise.all(extraSources.map((source) => treeHash(resolve(source), commit)));
  const tree = others.length > 0 ? sha1([own, ...others].join('')) : own;
  if (!(await isChanged())) return { hash: tree, isDirty: false };
  return { hash: `${tree}-dirty-${(await contentHash(folder)).slice(0, DIRTY_DIGITS)}`, isDirty: true };

  async function isChanged(): Promise<boolean> {
    return dirty || (commit === HEAD && (await isDirty(hashPath)));
  }
}

/** Names that git gives a commit: those of tags, one a line. */
export async function tagsAtHead(folder: string): Promise<string[]> {
  const listed = await git(folder, 'tag', '-l', '--points-at', HEAD);
  return listed.split('\n').filter((name) => name !== '');
}

/** Throws where git cannot tell, such as for a repository of another user. */
function isRepository(folder: string): Promise<boolean> {
  return git(folder, 'rev-parse', '--is-inside-work-tree').then(
    () => true,
    (error: unknown) => {
      if (error instanceof StageError && error.message.includes('not a git repository')) return false;
      throw error;
    },
  );
}

async function treeHash(folder: string, commit: string): Promise<string> {
  const prefix = (await git(folder, 'rev-parse', '--show-prefix')).trim().replace(/\/$/, '');
  if (prefix === '') return (await git(folder, 'show', '--format=%T', '-s', commit)).trim();
  const listed = await git(folder, 'ls-tree', '--full-tree', commit, '--', prefix);
  const [, hash] = /^\d+ \w+ ([0-9a-f]+)\t/.exec(listed) ?? [];
  if (hash !== undefined) return hash;
  throw new StageError('unsupported', `${folder} is in no commit, so it has no tag`, {
    hint: 'Commit the folder first.',
  });
}

async function isDirty(folder: string): Promise<boolean> {
  const changed = await git(folder, 'diff', '--no-ext-diff', '--name-only', HEAD, '--', '.');
  const untracked = await git(folder, 'ls-files', '--exclude-standard', '--others', '--', '.');
  return changed !== '' || untracked !== '';
}

/** sha256 over the bytes of tracked and then of untracked files; names that git quotes are left out, as LinuxKit does. */
async function contentHash(folder: string): Promise<string> {
  const tracked = await git(folder, 'ls-files');
  const untracked = await git(folder, 'ls-files', '--exclude-standard', '--others');
  const hash = createHash('sha256');
  for (const name of `${tracked}\n${untracked}`.trim().split('\n')) {
    const path = join(folder, name);
    if (name === '' || !lstatSync(path, { throwIfNoEntry: false })?.isFile()) continue;
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

async function git(folder: string, ...args: string[]): Promise<string> {
  try {
    // The words of an error are read above.
    const env = { ...process.env, LC_ALL: 'C' };
    const { stdout } = await run('git', ['-C', folder, ...args], { maxBuffer: MAX_OUTPUT, env });
    return stdout;
  } catch (cause) {
    const { code, stderr = '', message } = cause as NodeJS.ErrnoException & { stderr?: string };
    const why = code === 'ENOENT' ? 'git is not installed' : stderr.trim() || message;
    throw new StageError('unsupported', `the tag of ${folder} cannot be computed: ${why}`, {
      hint: 'The tag is a hash of git: commit the folder to a git repository.',
    });
  }
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
