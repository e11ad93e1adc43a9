import { resolve } from 'node:path';
import { StageError } from '../error.js';
import { packageAt } from '../plan/dockerfile/package-file.js';
import { expandTag } from '../plan/dockerfile/tag-template.js';
import { PackageFinder } from '../plan/find-package.js';
import type { Environment } from '../environment.js';
import { gitTag } from './git-tag.js';

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
  { workspaceRoot, settings }: Pick<Environment, 'workspaceRoot' | 'settings'>,
  place: string,
): Promise<PackageTag> {
  const source = packageAt(workspaceRoot, place);
  const found = new PackageFinder(workspaceRoot, settings).describe(source);
  if (!found) {
    throw new StageError('unsupported', `${place} has no Dockerfile, so it has no tag of LinuxKit's`, {
      where: { file: place },
    });
  }
  const { hash, isDirty } = await gitTag(
    resolve(workspaceRoot, found.folder),
    Object.values(found.extraSources),
  );
  const tag = expandTemplate(found.tag, hash, place);
  return { reference: `${found.image}:${tag}`, tag, isDirty };
}

/** The key `tag` is a Go template in which LinuxKit knows one value. */
function expandTemplate(template: string, hash: string, place: string): string {
  const expanded = expandTag(template, hash);
  if (!expanded.includes('{{')) return expanded;
  throw new StageError('unsupported', `tag: expected text and {{.Hash}}, got ${JSON.stringify(template)}`, {
    where: { file: place },
  });
}
