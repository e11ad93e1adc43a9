import { posix, resolve } from 'node:path';
import { fileNameOf } from '../plan/project-name.js';
import type { VexFile } from './read-vex.js';

/** The system whose VEX document is looked for. */
export interface VexOwner {
  readonly name: string;
  /** Its YAML, relative to `root`. */
  readonly file: string;
  /** Absolute path. */
  readonly root: string;
}

/** The VEX document that a person names, relative to `cwd`, or the one beside the YAML: `my-os.vex.json`. */
export function vexFile(named: string | undefined, cwd: string, { name, file, root }: VexOwner): VexFile {
  if (named !== undefined) return { path: resolve(cwd, named), named, mayBeMissing: false };
  const beside = posix.join(posix.dirname(file), `${fileNameOf(name)}.vex.json`);
  return { path: resolve(root, beside), named: beside, mayBeMissing: true };
}
