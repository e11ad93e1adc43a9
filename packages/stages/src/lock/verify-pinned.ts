import { join } from 'node:path';
import type { Lock } from '@nx-linuxkit/oci/lock';
import type { Evidence } from '@nx-linuxkit/signatures';
import type { Environment, Log } from '../environment.js';
import { pinnedImages } from '../plan/pinned-images.js';
import { signaturesFileOf } from '../plan/project-name.js';
import type { OsInputs } from '../plan/read-plan.js';
import { whereIsPinned } from '../plan/references.js';
import { policyOf } from '../plan/signature-plan.js';
import type { Sources } from '../sources.js';

/** What is about to be locked. */
interface Pins {
  /** The OS file, relative to the workspace. */
  readonly file: string;
  readonly lock: Lock;
  /** The systems of the file, each with a platform. */
  readonly systems: readonly (Pick<OsInputs, 'os' | 'map'> & { readonly platform: string })[];
}

/**
 * Verifies every image of a lock, and gives the text of the evidence file: '' where no image needs a signature, undefined
 * without the option `signatures`. Images are verified one after the other, as one repository often holds several. One
 * error reports all images that are refused.
 */
export async function verifyPinned(
  { file, lock, systems }: Pins,
  sources: Sources,
  { workspaceRoot, settings }: Pick<Environment, 'workspaceRoot' | 'settings'>,
  log: Log,
): Promise<string | undefined> {
  const parsed = policyOf(settings);
  if (!parsed) return undefined;
  // Loaded here, because most workspaces have no policy.
  const { formatImage, loadPolicy } = await import('@nx-linuxkit/signatures');
  const { formatEvidenceFile, readEvidenceFile } = await import('../verify/evidence-file.js');
  const { locate } = await import('../verify/check-image.js');
  const { lockedReference } = await import('../verify/locked-reference.js');
  const { Refusals } = await import('../verify/refusals.js');
  const { findEvidence } = await import('./find-evidence.js');

  const policy = await loadPolicy(parsed, workspaceRoot);
  const path = signaturesFileOf(file);
  const kept = await readEvidenceFile(join(workspaceRoot, path), { file: path, renew: 'lock again' });
  const found = new Map<string, Evidence>();
  const all = systems.flatMap(({ os, map, platform }) =>
    pinnedImages({ os, map }, lock, settings, platform).map((pinned) => ({ os, pinned })),
  );
  const refusals = new Refusals();
  // Systems of one file share images.
  const once = new Map(all.map((image) => [JSON.stringify(image.pinned), image]));
  for (const { os, pinned } of once.values()) {
    const evidence = await findEvidence(policy, pinned, kept, sources, log).catch((error: unknown) =>
      refusals.add(locate(error, whereIsPinned(os, pinned.written))),
    );
    if (evidence) found.set(formatImage(lockedReference(pinned)), evidence);
  }
  refusals.throwAll();
  return found.size === 0 ? '' : formatEvidenceFile(found);
}
