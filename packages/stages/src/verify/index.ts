import type { OsPlan } from '../plan/os-plan.js';
import { trustedReferences } from '../plan/trust.js';
import { uncheckedReferences } from '../plan/unchecked.js';
import { readSealed } from '../seal.js';
import type { Stage } from '../stage.js';
import type { Statements } from './statements.js';

export type { Statements } from './statements.js';

/** What the check of signatures reads; the key covers the files that `plan.signatures` names. */
export interface VerifyInput {
  readonly plan: OsPlan;
}

const STATEMENTS = 'statements.json';

/**
 * Checks the signature of every image that was not made here against the option `signatures`, offline, by the evidence
 * beside the lock. An image that does not convince fails the stage, and with it all that comes after it. Without the
 * option each build whose YAML names `trust` says that it verified digests and nothing else, because silence would look
 * like a check.
 */
export const verify: Stage<VerifyInput, object, Statements> = {
  name: 'verify',
  subject: ({ plan }) => plan.name,
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

  async make({ plan }, out, { path }) {
    const statements = await statementsOf(plan, path);
    await out.write(STATEMENTS, `${JSON.stringify(statements, null, 1)}\n`);
    const { verified, unverified } = statements;
    const total = verified.length + unverified.length;
    return {
      facts: {},
      result: () => statements,
      ...(plan.signatures && {
        summary: `${plan.name}: ${verified.length} of ${total} images have the signature that the policy asks for`,
      }),
    };
  },
};

async function statementsOf(plan: OsPlan, path: (...parts: string[]) => string): Promise<Statements> {
  if (!plan.signatures) return { verified: [], unverified: trustedReferences(plan.os) };
  // Loaded here, because it loads all that reads signatures, and most workspaces have no policy.
  const { checkAll } = await import('./check-all.js');
  return checkAll(plan, plan.signatures, path);
}
