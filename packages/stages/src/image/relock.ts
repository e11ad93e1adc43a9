import { posix } from 'node:path';
import { StageError } from '../error.js';
import { imageNodeName } from '../plan/node-names.js';
import { targetName, type TargetNaming } from '../plan/target-names.js';

/** Whether a folder belongs to an npm package, whose next installation would undo a change. */
export function isInstalled(folder: string): boolean {
  return folder.split('/').includes('node_modules');
}

/** Says what pins the Debian packages of a folder anew: a sentence with the commands, for hints. */
export function relockHint(folder: string, node: string, platform: string, naming: TargetNaming): string {
  const lock = targetName('lock', naming);
  if (!isInstalled(folder)) return `Run "nx ${lock} ${node}".`;
  const copy = `images/${posix.basename(folder)}`;
  const name = imageNodeName({ kind: 'package', folder: copy }, platform);
  return (
    `Update the npm package ${npmPackage(folder)}, or lock a copy: "mkdir -p images && cp -R ${folder} ${copy}", ` +
    `write @pkg:${copy} in place of its name, then "nx ${lock} ${name}".`
  );
}

/** The error for a lock that npm would replace. */
export function installedPackage(folder: string, platform: string, naming: TargetNaming): StageError {
  return new StageError('unsupported', `${folder} is a part of an npm package, which has its own lock`, {
    hint: relockHint(folder, '', platform, naming),
  });
}

/** `@scope/name` or `name`, which follows the last `node_modules`. */
function npmPackage(folder: string): string {
  const path = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
  return path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/');
}
