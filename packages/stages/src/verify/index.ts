import { referencesOf } from '../plan/plan-os.js';
import type { OsPlan } from '../plan/os-plan.js';
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
  const folder = pipeline.path(plan.nodes, 'initramfs/verify');
  const key = keyOf([stageVersion('verify'), plan.keys.verify]);
  const named = referencesOf(plan.os).filter((reference) => isTrusted(reference, plan.os.trust));
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

/** `trust.image` names images with or without a tag, `trust.org` the first part of their names. */
function isTrusted(reference: string, trust: OsPlan['os']['trust']): boolean {
  const name = reference.replace(/[:@][^/]*$/, '');
  return trust.image.some((image) => image === reference || image === name) || trust.org.includes(name.split('/')[0]);
}
