import { withoutUser } from '@nx-linuxkit/oci/http';
import { DockerfileError } from '../error.js';
import { evaluateStages, type StagesInput } from '../evaluate/evaluate-stages.js';
import { whereOf } from '../parse/dockerfile.js';
import type { Instruction } from '../parse/instruction.js';
import { isRemote } from '../parse/remote-source.js';

/**
 * Refuses ADD of a URL without a checksum. A builder fetches it whether or not RUN has a network, and its bytes are in no
 * key. Throws DockerfileError `unsupported` at the instruction.
 */
export async function refuseUnknownUrls(input: StagesInput): Promise<void> {
  const { plan } = input;
  const evaluated = await evaluateStages(input);
  for (const stage of plan.stages) {
    const found = evaluated.get(stage.text.index);
    if (found === undefined || found instanceof DockerfileError) {
      if (found && stage.text.instructions.some(mayFetch)) throw found;
      continue;
    }
    for (const { step } of found.history) {
      if (step?.kind !== 'copy' || step.checksum || step.instruction.keyword !== 'ADD') continue;
      const url = step.sources.find(isRemote);
      if (url === undefined) continue;
      throw new DockerfileError(
        'unsupported',
        `ADD: ${withoutUser(url)} is fetched from the network, which the package does not have`,
        {
          where: whereOf(plan.dockerfile, step.instruction),
          hint: 'Add --checksum=sha256:… with the checksum of the file, or set `network: true` in build.yml.',
        },
      );
    }
  }
}

/** Whether ADD names a URL without a checksum, or a text that may become one. */
function mayFetch({ keyword, flags, json, text }: Instruction): boolean {
  if (keyword !== 'ADD' || flags.some(({ name }) => name === 'checksum')) return false;
  const sources = (json ?? text.split(/\s+/)).slice(0, -1);
  return sources.some((word) => isRemote(word) || /["'$\\`]/.test(word));
}
