import { resolve } from 'node:path';
import { StageError } from '../error.js';
import { packageAt, readNamedPackage, type NamedPackage } from '../plan/dockerfile/package-file.js';
import { DEFAULT_FILE } from '../plan/dockerfile/dockerfile-package.js';
import { expandTag } from '../plan/dockerfile/tag-template.js';
import type { Environment } from '../environment.js';
import { gitTag, type HashOptions } from './git-tag.js';

/** What a command says about the name of a package's image. */
export interface TagOptions extends HashOptions {
  /** A Go template in place of that of build.yml. */
  readonly template?: string;
}

/** LinuxKit's tag for a folder outside of a git repository, which has no hash. */
const WITHOUT_HASH = 'latest';

/** The name of a package's image in registries. */
export interface PackageTag {
  /** Such as `linuxkit/sshd:0123…`. */
  readonly reference: string;
  readonly tag: string;
  /** Whether files of the package are not committed. */
  readonly isDirty: boolean;
}

/**
 * The reference that LinuxKit's `pkg show-tag` prints for a package. `place` is its folder, or the file of a variant,
 * relative to the workspace. Throws StageError.
 */
export async function packageTag(
  { workspaceRoot }: Pick<Environment, 'workspaceRoot'>,
  place: string,
): Promise<PackageTag> {
  const { folder, file = DEFAULT_FILE } = packageAt(workspaceRoot, place);
  return tagOf(workspaceRoot, readNamedPackage(workspaceRoot, folder, file), place);
}

/** The same of a package that was read, with what a command says. */
export async function tagOf(
  workspaceRoot: string,
  { folder, image, extraSources, tag: declared }: NamedPackage,
  place: string,
  { template = declared, ...options }: TagOptions = {},
): Promise<PackageTag> {
  const { hash, isDirty } = await gitTag(
    resolve(workspaceRoot, folder),
    Object.values(extraSources),
    options,
  );
  const tag = expandTemplate(template, hash, place) || WITHOUT_HASH;
  return { reference: `${image}:${tag}`, tag, isDirty };
}

/** The key `tag` is a Go template in which LinuxKit knows one value. */
function expandTemplate(template: string, hash: string, place: string): string {
  const expanded = expandTag(template, hash);
  if (!expanded.includes('{{')) return expanded;
  throw new StageError('unsupported', `tag: expected text and {{.Hash}}, got ${JSON.stringify(template)}`, {
    where: { file: place },
  });
}

/**
 * Refuses files that are not committed: their tag would name what no commit has. Throws StageError `unsupported`.
 */
export function refuseDirty({ isDirty }: PackageTag, place: string, hint = 'Commit them.'): void {
  if (!isDirty) return;
  throw new StageError('unsupported', `${place} has files that are not committed, so it is not pushed`, {
    where: { file: place },
    hint,
  });
}
