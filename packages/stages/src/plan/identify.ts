import { posix } from 'node:path';
import { DEFAULT_PLATFORM } from '@nx-linuxkit/spec';
import { platformWord, type OsFile } from './project-name.js';

/** Which system is meant: one OS file for one platform, under its project name. */
export interface OsIdentity {
  readonly name: string;
  /** The YAML, relative to the workspace. */
  readonly file: string;
  /** Project root, relative to the workspace. */
  readonly root: string;
  /** Folder of its formats, relative to the workspace. */
  readonly dist: string;
  /** Such as `linux/amd64`. */
  readonly platform: string;
  /** Further files that `file` is merged over, in order: a list given to an executor. */
  readonly before?: readonly string[];
  /** The folder where a `source` is looked for first, relative to the workspace or absolute. */
  readonly sourceBase?: string;
  /** Whether the files of all formats lie in `dist` itself. Default: each format has a folder of its own there. */
  readonly flat?: boolean;
}

/**
 * The identity of one OS file for one platform. The plain `linuxkit.yml` for its first platform is the
 * folder's own project; a variant and a further platform are projects of their own beside it, at a virtual
 * root, because Nx merges two projects of one root.
 */
export function identify(
  { file, folder, variant }: OsFile,
  folderName: string,
  platform: string = DEFAULT_PLATFORM,
  firstPlatform: string = DEFAULT_PLATFORM,
): OsIdentity {
  const second = platform === firstPlatform ? undefined : platformWord(platform);
  const suffixes = [variant, second].filter((part): part is string => part !== undefined);
  const name = [folderName, ...suffixes].join('-');
  return {
    name,
    file,
    root: suffixes.length === 0 ? folder : posix.join('.linuxkit/os', folder, ...suffixes),
    dist: posix.join('dist', folder, ...suffixes),
    platform,
  };
}

/** An identity as tasks have it in their options: without what the file's path nearly always decides. */
export type ShortIdentity = Pick<OsIdentity, 'name' | 'file'> & Partial<OsIdentity>;

/**
 * Shortens an identity. Options are in every target of every system, and a daemon sends all of them to each command.
 */
export function shortIdentity({ name, file, root, dist, platform }: OsIdentity): ShortIdentity {
  const usual = usualIdentity({ name, file });
  return {
    name,
    file,
    ...(root !== usual.root && { root }),
    ...(dist !== usual.dist && { dist }),
    ...(platform !== usual.platform && { platform }),
  };
}

/** The identity that `shortIdentity` was given. */
export function wholeIdentity(short: ShortIdentity): OsIdentity {
  return { ...usualIdentity(short), ...short };
}

/** The identity of a folder's own system for the default platform. */
function usualIdentity({ name, file }: ShortIdentity): OsIdentity {
  const folder = posix.dirname(file);
  return { name, file, root: folder, dist: posix.join('dist', folder), platform: DEFAULT_PLATFORM };
}
