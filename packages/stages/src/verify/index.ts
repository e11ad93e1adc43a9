import type { OsPlan } from '../plan/os-plan.js';
import { trustedReferences } from '../plan/trust.js';
import type { Log } from '../environment.js';
import { readSeal, writeOutput } from '../output.js';
import type { Pipeline } from '../pipeline.js';
import { keyOf } from '../plan/key.js';
import { stageVersion } from '../version.js';

/**
 * The place where signatures will be checked. Until they are, a build whose YAML names `trust` says each time
 * that it verified digests and nothing else: silence would look like a check.
 */
export async function verify(pipeline: Pipeline, plan: OsPlan, log: Log): Promise<void> {
  const folder = pipeline.path(plan.nodes, 'verify/verify');
  const key = keyOf([stageVersion('verify'), plan.keys.verify]);
  const named = trustedReferences(plan.os);
  if (named.length > 0) {
    log(
      `verify ${plan.name}: signatures are NOT verified; \`trust\` names ${named.join(', ')}, ` +
        'which are pinned by digest in the lock and verified against it only',
    );
  }
  if (await readSeal(folder, key)) return;
  await writeOutput(folder, key, async (out) => {
    await out.write('statements.json', `${JSON.stringify({ verified: [], unverified: named }, null, 1)}\n`);
    return {};
  });
}
