import { OciError } from '@nx-linuxkit/oci';
import { referenceName } from '../plan/reference-name.js';
import type { TaggedPackage } from '../plan/tagged-packages.js';

/** A remark on an image of the registry whose package in the workspace has other files than the tag stands for. */
export function otherFiles(local: TaggedPackage | undefined): string {
  return local === undefined ? '' : `, published: the files of ${local.place} have the tag ${local.tag} now`;
}

/** Says in an error about a tag that the registry lacks which one the package of the workspace has. */
export function suggestLocal(error: unknown, reference: string, local: TaggedPackage | undefined): unknown {
  if (local === undefined || !(error instanceof OciError)) return error;
  const now = `${referenceName(reference)}:${local.tag}`;
  return new OciError(error.code, error.message, {
    where: error.where,
    hint: `The files of ${local.place} have another tag now: write ${now} to build it here, or push the package as it was.`,
    cause: error.cause,
  });
}
