import { basename, dirname, resolve } from 'node:path';
import type { FlagValues } from '../../flags/values.js';

/** Where the files of a build go: a folder (absolute path), and what their names begin with. */
export interface OutputPlace {
  readonly folder: string;
  readonly name: string;
}

/** Reads --dir and --name. A name with folders, such as `hook/lts`, is a path below --dir, as in LinuxKit. */
export function outputPlace(values: FlagValues, name: string, workingFolder: string): OutputPlace {
  const path = values.text('name') || name;
  return {
    folder: resolve(workingFolder, values.text('dir') ?? '.', dirname(path)),
    name: basename(path),
  };
}
