import type { Where } from '@nx-linuxkit/errors';
import {
  decide,
  formatImage,
  SignatureError,
  verifyEvidence,
  type Policy,
  type Signer,
} from '@nx-linuxkit/signatures';
import { StageError } from '../error.js';
import type { PinnedImage } from '../plan/pinned-image.js';
import type { KeptEvidence } from './evidence-file.js';
import { isLocal, lockedReference } from './locked-reference.js';

/** What became of an image that was not refused. */
export type Checked =
  | { readonly image: string; readonly signer: Signer }
  /** The policy asks for no signature; `warn` wants it said. */
  | { readonly image: string; readonly action: 'warn' | 'off' };

/** Says what the policy asks of an image. Errors: SignatureError `denied`, `no-rule`, `unsigned` for a local image. */
export function demandOf(policy: Policy, pinned: PinnedImage): 'check' | 'warn' | 'off' {
  const image = lockedReference(pinned);
  const decision = decide(policy, image, { required: pinned.trusted });
  if (decision.kind === 'pass') return decision.action;
  if (!isLocal(pinned)) return 'check';
  throw new SignatureError(
    'unsigned',
    `${formatImage(image)} has no signature: it comes from a Docker daemon or a file, which keeps none`,
    {
      hint:
        'Push it to a registry and sign it there, or give it a rule "off" in the option signatures.images, ' +
        'under the reference that names it.',
    },
  );
}

/**
 * Checks one image by the evidence that is kept beside the lock: no network and no clock, so that the check repeats
 * the same. Errors: SignatureError, and StageError `no-evidence` where nothing is kept.
 */
export async function checkImage(
  policy: Policy,
  pinned: PinnedImage,
  { kept, file, lockCommand }: { kept: KeptEvidence; file: string; lockCommand: string },
): Promise<Checked> {
  const image = lockedReference(pinned);
  const name = formatImage(image);
  const demand = demandOf(policy, pinned);
  if (demand !== 'check') return { image: name, action: demand };
  const evidence = kept.get(name);
  if (!evidence) {
    throw new StageError('no-evidence', `${file} has no signature of ${name}, which the policy requires`, {
      hint: `Run \`${lockCommand}\`, which looks for the signature in the registry, and commit the file; a build only checks.`,
    });
  }
  const verification = await verifyEvidence(policy, image, evidence, { required: pinned.trusted });
  if (verification.status !== 'verified') throw new Error(`the decision about ${name} changed`);
  return { image: name, signer: verification.signer };
}

/** Gives an error about an image the place that names it, and to what was kept the command that looks again. */
export function locate(error: unknown, where: Where, lockCommand?: string): unknown {
  if (error instanceof StageError && !error.where) {
    return new StageError(error.code, error.message, { where, hint: error.hint, cause: error.cause });
  }
  if (!(error instanceof SignatureError) || error.where) return error;
  const again = lockCommand && ['untrusted', 'invalid-evidence'].includes(error.code);
  const hint = again
    ? `Run \`${lockCommand}\`, which looks for a signature that the policy accepts. ${error.hint}`
    : error.hint;
  return new SignatureError(error.code, error.message, { where, hint, cause: error.cause });
}

/** `the key cosign.pub`, `https://… of https://…`. */
export function describeSigner(signer: Signer): string {
  return signer.kind === 'key' ? `the key ${signer.file}` : `${signer.identity} of ${signer.issuer}`;
}
