import { posix } from 'node:path';
import type { Tree } from '@nx/devkit';
import { describe } from '@nx-linuxkit/errors';
import { extendBuildSchema, readBuild } from '@nx-linuxkit/spec';
import { filesAt } from './find-sources.js';

/** A folder of the workspace that makes an image. */
export interface FoundPackage {
  /** Relative to the workspace. */
  readonly folder: string;
  /** `org/image`, as YAMLs refer to it. */
  readonly image: string;
  /** Why it cannot be a package here; undefined for one that can. */
  readonly problem?: string;
}

/** Finds the folders with a build.yml at a path of the workspace. Those outside are none: they are copied by name. */
export function findPackages(tree: Tree, path: string): FoundPackage[] {
  return filesAt(tree, path)
    .filter(({ within, file }) => file !== undefined && posix.basename(within) === 'build.yml')
    .flatMap(({ file = '', text }) => packageAt(posix.dirname(file), file, text) ?? [])
    .sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** `contents` is checked when the image is made. */
const SCHEMA = extendBuildSchema({ contents: {} });

/** LinuxKit's organisation, where build.yml names none. */
const DEFAULT_ORG = 'linuxkit';

function packageAt(folder: string, file: string, text: string): FoundPackage | undefined {
  // Other tools call their files build.yml too.
  if (!/^image:/m.test(text)) return undefined;
  try {
    const { image, org = DEFAULT_ORG } = readBuild(file, text, SCHEMA).value;
    return { folder, image: `${org}/${image}` };
  } catch (error) {
    return { folder, image: '', problem: describe(error) };
  }
}
