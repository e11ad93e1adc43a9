import type { OsIdentity, OsPlan } from '@nx-linuxkit/stages/plan';
import type { SourceInputs } from './source-inputs.js';
import { stageInputs, type Input } from './target.js';

/** Which OS a task is about: enough to read its plan again when the task runs. */
export function osOptions({ file, name, root, dist, platform }: OsIdentity): OsIdentity {
  return { file, name, root, dist, platform };
}

/** The packages among the images of an OS: nodes whose files decide bytes downstream. */
export function packageIds({ images }: Pick<OsPlan, 'images'>): string[] {
  return images.filter(({ source }) => source.kind === 'package').map(({ id }) => id);
}

/** What decides the bytes of a finished OS beside its key: the files that its nodes read. */
export function osInputs(plan: OsPlan, { made }: SourceInputs): Input[] {
  return stageInputs([`${plan.name}/initramfs`, ...packageIds(plan)], made);
}
