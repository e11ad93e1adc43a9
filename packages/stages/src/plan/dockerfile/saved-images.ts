import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Where } from '@nx-linuxkit/errors';
import { parseRegistryReference } from '@nx-linuxkit/oci/reference';
import type { BuildYml } from '@nx-linuxkit/spec';
import { StageError } from '../../error.js';

/** Images that a build context has as archives for `docker load`. */
export interface SavedImages {
  /** Each with a digest. */
  readonly references: readonly string[];
  /** Path in the context: of one archive with all images, or of the folder that has one archive for each. */
  readonly target: string;
  readonly isFolder: boolean;
  /** The file that lists them, relative to the package's folder. */
  readonly listFile?: string;
  /** The place of the key, for errors. */
  readonly where: Where;
}

/**
 * Reads `depends.docker-images` of a build.yml; undefined where it names no image. `folder` is the package's absolute path.
 * Source: LinuxKit, src/cmd/linuxkit/pkglib/depends.go. Throws StageError at `where`.
 */
export function savedImages({ depends }: BuildYml, folder: string, where: Where): SavedImages | undefined {
  const given = depends?.['docker-images'];
  if (!given) return undefined;
  const { list, target, 'from-file': fromFile, 'target-dir': targetDir } = given;
  const at = { where };
  if ((list?.length ?? 0) > 0 && fromFile) throw wrong('`list` and `from-file` exclude each other', at);
  if (target && targetDir) throw wrong('`target` and `target-dir` exclude each other', at);
  const listFile = fromFile ? inside(fromFile, 'from-file', at) : undefined;
  const references = listFile ? readList(join(folder, listFile), at) : (list ?? []);
  if (references.length === 0) return undefined;
  const place = target ?? targetDir;
  if (!place) throw wrong('expected `target` or `target-dir`, got neither', at);
  for (const reference of references) checkDigest(reference, at);
  return {
    references,
    target: inside(place, target ? 'target' : 'target-dir', at),
    isFolder: !target,
    ...(listFile && { listFile }),
    where,
  };
}

/** The path of an image's archive in a folder of archives: its name without the registry's part, and its digest. */
export function savedImageName(reference: string): string {
  const at = reference.indexOf('@');
  return `${posix.basename(reference.slice(0, at))}${reference.slice(at)}.tar`;
}

function readList(path: string, at: { readonly where: Where }): string[] {
  try {
    const lines = readFileSync(path, 'utf8').split(/\r?\n/);
    return lines.filter((line) => line !== '' && !line.startsWith('#'));
  } catch (cause) {
    throw new StageError('missing-file', `depends.docker-images: ${path} cannot be read`, { ...at, cause });
  }
}

function checkDigest(reference: string, at: { readonly where: Where }): void {
  if (parseRegistryReference(reference).digest !== undefined) return;
  throw wrong(`expected an image with a digest, got ${JSON.stringify(reference)}`, at);
}

/** A path that stays in the package's folder, and is not the folder itself. */
function inside(path: string, key: string, at: { readonly where: Where }): string {
  const clean = posix.normalize(path).replace(/\/$/, '');
  if (!/^(\/|\.$|\.\.(\/|$))/.test(clean) && !clean.includes('\0')) return clean;
  throw wrong(`${key}: expected a path in the package's folder, got ${JSON.stringify(path)}`, at);
}

function wrong(message: string, at: { readonly where: Where }): StageError {
  return new StageError('unsupported', `depends.docker-images: ${message}`, at);
}
