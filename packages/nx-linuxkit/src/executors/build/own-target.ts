import { posix, resolve } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import {
  StageError,
  identify,
  nameFolders,
  parseOsFile,
  targetName,
  type OsIdentity,
} from '@nx-linuxkit/stages';
import { parseAssignments } from '@nx-linuxkit/spec';
import { pluginOptions } from '../open-workspace.js';
import type { BuildOptions } from './build-options.js';

/** The word of `sourceBase` for the folder where Nx was started. */
const STARTED = 'cwd';

/** The system of a target that a user has written. */
export function identityOf(options: BuildOptions, context: ExecutorContext): OsIdentity {
  const { file, dir, sourceBase, set } = options;
  const files = [file ?? []].flat();
  const last = files.at(-1);
  if (last === undefined) {
    throw new StageError('missing-file', 'expected the option `file` to name a YAML, got nothing', {
      hint: 'Write its path, relative to the workspace: "file": "my-os/linuxkit.yml".',
    });
  }
  return {
    ...namedIdentity(last, options, context),
    ...(files.length > 1 && { before: files.slice(0, -1) }),
    ...(dir !== undefined && { dist: dir, flat: true }),
    ...(sourceBase !== undefined && { sourceBase: baseOf(sourceBase, context) }),
    ...(set !== undefined && { set: parseAssignments(set) }),
  };
}

/** The command that locks the files of such a target: the target itself, where locks may be written. */
export function lockCommandOf({ file }: BuildOptions, context: ExecutorContext): string {
  const { projectName, targetName: target, configurationName, nxJsonConfiguration } = context;
  const isInferred = typeof file === 'string' && parseOsFile(file) !== undefined;
  if (isInferred || !targetName)
    return `nx ${targetName('lock', pluginOptions(nxJsonConfiguration))} ${projectName}`;
  return `CI=false nx run ${[projectName, target, configurationName].filter((part) => part).join(':')}`;
}

function namedIdentity(
  file: string,
  { name, platform, variant }: BuildOptions,
  { projectName }: ExecutorContext,
): OsIdentity {
  const parsed = parseOsFile(file);
  const choice = { variant, platform, firstPlatform: platform };
  if (parsed && name === undefined) {
    const { names } = nameFolders([parsed.folder], () => projectName);
    return identify(parsed, names.get(parsed.folder) as string, choice);
  }
  const word = name ?? posix.basename(file).replace(/(?<=.)\.[^.]*$/, '');
  checkName(word);
  const folder = posix.dirname(file);
  const identity = identify({ file, folder }, word, choice);
  // Targets of several projects may build systems of one name, whose outputs must not replace each other.
  return {
    ...identity,
    name: `${projectName}/${word}`,
    dist: posix.join('dist', folder, word, variant ?? ''),
  };
}

function checkName(name: string): void {
  if (name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name)) return;
  throw new StageError(
    'unusable-path',
    `the option \`name\` begins names of files, got ${JSON.stringify(name)}`,
    {
      hint: 'Write a name without slashes, and the folder as `dir`.',
    },
  );
}

function baseOf(sourceBase: string, { root, cwd }: ExecutorContext): string {
  return sourceBase === STARTED ? cwd : resolve(root, sourceBase);
}
