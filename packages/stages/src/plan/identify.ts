import { posix } from 'node:path';
import { DEFAULT_PLATFORM } from '@nx-linuxkit/spec';
import { platformWord, type OsFile } from './project-name.js';

/** Which YAML is read, and with which values of its variables. */
export interface OsSource {
  /** The YAML, relative to the workspace. */
  readonly file: string;
  /** Further files that `file` is merged over, in order: a list given to an executor. */
  readonly before?: readonly string[];
  /** A key of `variants` in the YAML. Default: the system without a variant. */
  readonly variant?: string;
  /** Values of variables that a caller sets. */
  readonly set?: Readonly<Record<string, string>>;
}

/** Which system is meant: one OS file for one platform, under its project name. */
export interface OsIdentity extends OsSource {
  readonly name: string;
  /** Project root, relative to the workspace. */
  readonly root: string;
  /** Folder of its formats, relative to the workspace. */
  readonly dist: string;
  /** Such as `linux/amd64`. */
  readonly platform: string;
  /** The folder where a `source` is looked for first, relative to the workspace or absolute. */
  readonly sourceBase?: string;
  /** Whether the files of all formats lie in `dist` itself. Default: each format has a folder of its own there. */
  readonly flat?: boolean;
}

/** What tells the systems of one OS file apart. */
export interface OsChoice {
  /** A key of `variants` in the YAML. */
  readonly variant?: string;
  readonly platform?: string;
  /** The first platform of the YAML, whose system has no platform in its name. */
  readonly firstPlatform?: string;
}

/**
 * The identity of one system of an OS file. `base` is the name of its folder, or of a file that is not called after one. The plain `linuxkit.yml` for its first platform is the folder's own
 * project; a variant, by another file or by the key `variants`, and a further platform are projects of their own beside
 * it, at a virtual root, because Nx merges two projects of one root.
 */
export function identify(os: OsFile, base: string, choice: OsChoice = {}): OsIdentity {
  const { platform = DEFAULT_PLATFORM, firstPlatform = DEFAULT_PLATFORM, variant } = choice;
  const second = platform === firstPlatform ? undefined : platformWord(platform);
  const suffixes = [os.variant, variant, second].filter((part): part is string => part !== undefined);
  return {
    name: [base, ...suffixes].join('-'),
    file: os.file,
    root: suffixes.length === 0 && os.stem === undefined ? os.folder : virtualRoot(os, variant, second),
    dist: posix.join('dist', os.folder, os.stem ?? '', ...suffixes),
    platform,
    ...(variant !== undefined && { variant }),
  };
}

/** A root that no other system has: `debug.linuxkit.yml` and a variant `debug` in `linuxkit.yml` have one name. */
function virtualRoot(os: OsFile, variant: string | undefined, second: string | undefined): string {
  const root =
    variant === undefined && os.stem === undefined
      ? ['.linuxkit/os', os.folder, os.variant ?? '']
      : ['.linuxkit/variants', os.file, variant ?? ''];
  return posix.join(...root, second ?? '');
}

/** An identity as tasks have it in their options: without what the file's path nearly always decides. */
export type ShortIdentity = Pick<OsIdentity, 'name' | 'file'> & Partial<OsIdentity>;

/**
 * Shortens an identity. Options are in every target of every system, and a daemon sends all of them to each command.
 */
export function shortIdentity({ name, file, root, dist, platform, variant }: OsIdentity): ShortIdentity {
  const usual = usualIdentity({ name, file });
  return {
    name,
    file,
    ...(root !== usual.root && { root }),
    ...(dist !== usual.dist && { dist }),
    ...(platform !== usual.platform && { platform }),
    ...(variant !== undefined && { variant }),
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
