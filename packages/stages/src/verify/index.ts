import type { OsPlan } from '../plan/os-plan.js';
import { trustedReferences } from '../plan/trust.js';
import { readSealed } from '../seal.js';
import type { Stage } from '../stage.js';

/** What the check of signatures reads. */
export interface VerifyInput {
  readonly plan: OsPlan;
}

/** What was checked: references of the YAML that `trust` names. */
export interface Statements {
  readonly verified: readonly string[];
  readonly unverified: readonly string[];
}

const STATEMENTS = 'statements.json';

/**
 * The place where signatures will be checked. Until they are, each build whose YAML names `trust` says that it verified
 * digests and nothing else, because silence would look like a check.
 */
export const verify: Stage<VerifyInput, object, Statements> = {
  name: 'verify',
  folder: ({ plan }) => `${plan.nodes}/verify/verify`,
  key: ({ plan }) => [plan.keys.verify],

  notice({ plan }) {
    const named = trustedReferences(plan.os);
    if (named.length === 0) return undefined;
    return (
      `${plan.name}: signatures are NOT verified; \`trust\` names ${named.join(', ')}, ` +
      'which are pinned by digest in the lock and verified against it only'
    );
  },

  async open(_input, { folder, seal }) {
    const text = await readSealed(folder, seal, STATEMENTS);
    return text && (JSON.parse(text.toString('utf8')) as Statements);
  },

  async make({ plan }, out) {
    const statements: Statements = { verified: [], unverified: trustedReferences(plan.os) };
    await out.write(STATEMENTS, `${JSON.stringify(statements, null, 1)}\n`);
    return { facts: {}, result: () => statements };
  },
};
