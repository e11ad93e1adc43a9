import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StageError } from '../error.js';

const run = promisify(execFile);

/** The commit that a name stands for in the repository of a folder; undefined where there is none, and without git. */
export async function commitOf(folder: string, name: string): Promise<string | undefined> {
  if (name.startsWith('-')) return undefined;
  try {
    const { stdout } = await run('git', ['rev-parse', '--verify', '--quiet', `${name}^{commit}`], {
      cwd: folder,
    });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

/**
 * Writes the files of a commit below `scratch`, beside the repository and its index, and gives the folder that is the
 * workspace there. The npm packages are those that are installed now. Throws StageError `unreadable-file` where git fails.
 */
export async function atCommit(workspaceRoot: string, commit: string, scratch: string): Promise<string> {
  const files = join(scratch, 'files');
  await mkdir(files);
  const git = (args: readonly string[]) =>
    run('git', ['-c', 'core.hooksPath=/dev/null', ...args], {
      cwd: workspaceRoot,
      env: { ...process.env, GIT_INDEX_FILE: join(scratch, 'index') },
      maxBuffer: 64 << 20,
    });
  try {
    const { stdout: top } = await git(['rev-parse', '--show-toplevel']);
    const { stdout: prefix } = await git(['rev-parse', '--show-prefix']);
    await git(['-C', top.trimEnd(), '--work-tree', files, 'checkout', '--quiet', commit, '--', '.']);
    const workspace = join(files, prefix.trimEnd());
    const modules = join(workspaceRoot, 'node_modules');
    if (existsSync(modules) && !existsSync(join(workspace, 'node_modules')))
      await symlink(modules, join(workspace, 'node_modules'), 'junction');
    return workspace;
  } catch (cause) {
    throw new StageError('unreadable-file', `git cannot write the files of ${commit}`, {
      hint: 'The cause says why; look with `git show`.',
      cause,
    });
  }
}
