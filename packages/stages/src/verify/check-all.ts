import { loadPolicy } from '@nx-linuxkit/signatures';
import type { OsPlan } from '../plan/os-plan.js';
import { whereIsPinned } from '../plan/references.js';
import type { SignaturePlan } from '../plan/signature-plan.js';
import { targetName } from '../plan/target-names.js';
import { checkImage, describeSigner, locate } from './check-image.js';
import { readEvidenceFile } from './evidence-file.js';
import { Refusals } from './refusals.js';
import type { Statements } from './statements.js';

/**
 * Checks every image of a system, in the order of the YAML. `path` gives the absolute path of a file of the workspace.
 * Errors: SignatureError and StageError `no-evidence`, one for all images that are refused, with the places that name
 * them; SignatureError for a key, a trusted root or the evidence file.
 */
export async function checkAll(
  { name, os, settings }: OsPlan,
  { policy: parsed, images, evidenceFile: file }: SignaturePlan,
  path: (...parts: string[]) => string,
): Promise<Statements> {
  const policy = await loadPolicy(parsed, path());
  const lockCommand = `nx ${targetName('lock', settings)} ${name}`;
  const kept = await readEvidenceFile(path(file), { file, renew: `run \`${lockCommand}\`` });
  const verified: Statements['verified'][number][] = [];
  const unverified: string[] = [];
  const refusals = new Refusals();
  for (const pinned of images) {
    const checked = await checkImage(policy, pinned, { kept, file, lockCommand }).catch((error: unknown) =>
      refusals.add(locate(error, whereIsPinned(os, pinned.written), lockCommand)),
    );
    if (!checked) continue;
    if ('signer' in checked) verified.push({ image: checked.image, by: describeSigner(checked.signer) });
    else unverified.push(checked.image);
  }
  refusals.throwAll();
  return { verified, unverified };
}
