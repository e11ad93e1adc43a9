import { loadPolicy, type Policy } from '@nx-linuxkit/signatures';
import type { Context } from '../context.js';
import type { OsPlan } from '../plan/os-plan.js';
import type { PinnedImage } from '../plan/pinned-image.js';
import { whereIsPinned } from '../plan/references.js';
import { trustedReferences } from '../plan/trust.js';
import { uncheckedReferences } from '../plan/unchecked.js';
import { readSealed } from '../seal.js';
import type { Stage } from '../stage.js';
import { checkImage, describeSigner, locate } from './check-image.js';
import { readEvidenceFile, type KeptEvidence } from './evidence-file.js';

/** What the check of signatures reads. */
export interface VerifyInput {
  readonly plan: OsPlan;
  /** Absent without the option `signatures`. */
  readonly check?: SignatureCheck;
}

/** A policy with its keys read, what it is asked about, and what was kept. */
export interface SignatureCheck {
  readonly policy: Policy;
  readonly images: readonly PinnedImage[];
  readonly kept: KeptEvidence;
  /** Where `kept` is from, relative to the workspace. */
  readonly file: string;
}

/** What was checked: images by their references and digests. */
export interface Statements {
  readonly verified: readonly { readonly image: string; readonly by: string }[];
  /** Images that pass without a check: without a policy, the references that `trust` names. */
  readonly unverified: readonly string[];
}

const STATEMENTS = 'statements.json';

/** Reads keys, trusted roots and evidence. Errors: SignatureError, for a file that cannot be used. */
export async function readCheck(
  { signatures }: OsPlan,
  context: Pick<Context, 'path'>,
): Promise<SignatureCheck | undefined> {
  if (!signatures) return undefined;
  const { policy, images, evidenceFile: file } = signatures;
  const kept = await readEvidenceFile(context.path(file), file);
  return { policy: await loadPolicy(policy, context.path()), images, kept, file };
}

/**
 * Checks the signature of every image that was not made here against the option `signatures`, offline, by the evidence
 * beside the lock. An image that does not convince fails the stage, and with it all that comes after it. Without the
 * option each build whose YAML names `trust` says that it verified digests and nothing else, because silence would look
 * like a check.
 */
export const verify: Stage<VerifyInput, object, Statements> = {
  name: 'verify',
  folder: ({ plan }) => `${plan.nodes}/verify/verify`,
  key: ({ plan }) => [plan.keys.verify],

  notice({ plan }) {
    const names = uncheckedReferences(plan);
    if (names.length === 0) return undefined;
    const why = plan.signatures
      ? `the option \`signatures\` asks for a warning about ${names.join(', ')}`
      : `\`trust\` names ${names.join(', ')}, and the option \`signatures\` does not say who signs them`;
    return `${plan.name}: signatures are NOT verified; ${why}; they are verified against the digests of the lock only`;
  },

  async open(_input, { folder, seal }) {
    const text = await readSealed(folder, seal, STATEMENTS);
    return text && (JSON.parse(text.toString('utf8')) as Statements);
  },

  async make({ plan, check }, out) {
    const statements = check ? await checkAll(plan, check) : withoutPolicy(plan);
    await out.write(STATEMENTS, `${JSON.stringify(statements, null, 1)}\n`);
    const { length } = statements.verified;
    return {
      facts: {},
      result: () => statements,
      ...(check && {
        summary: `${plan.name}: ${length} of ${check.images.length} images are signed as the policy asks`,
      }),
    };
  },
};

function withoutPolicy({ os }: OsPlan): Statements {
  return { verified: [], unverified: trustedReferences(os) };
}

async function checkAll(plan: OsPlan, { policy, images, kept, file }: SignatureCheck): Promise<Statements> {
  const lockCommand = `nx lock ${plan.name}`;
  const verified: Statements['verified'][number][] = [];
  const unverified: string[] = [];
  for (const pinned of images) {
    const checked = await checkImage(policy, pinned, { kept, file, lockCommand }).catch((error: unknown) => {
      throw locate(error, whereIsPinned(plan.os, pinned.written), lockCommand);
    });
    if ('signer' in checked) verified.push({ image: checked.image, by: describeSigner(checked.signer) });
    else unverified.push(checked.image);
  }
  return { verified, unverified };
}
