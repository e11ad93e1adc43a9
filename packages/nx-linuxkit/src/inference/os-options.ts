import { planFormat, type ImageNode, type OsIdentity, type OsPlan } from '@nx-linuxkit/stages/plan';
import type { SourceInputs } from './source-inputs.js';
import { NAMED_INPUT, type Input } from './target.js';

/** Which OS a task is about: enough to read its plan again when the task runs. */
export function osOptions({ file, name, root, dist, platform }: OsIdentity): OsIdentity {
  return { file, name, root, dist, platform };
}

/** The packages among the images of an OS: nodes whose files decide bytes downstream. */
export function packageIds({ images }: { readonly images: readonly ImageNode[] }): string[] {
  return images.filter(({ source }) => source.kind === 'package').map(({ id }) => id);
}

/** What decides the bytes of every format beside its key: the files that the OS's nodes read. Said once, for all of them. */
export function osInputs(plan: OsPlan, { made }: SourceInputs): Input[] {
  return [
    { externalDependencies: [] },
    { projects: [`${plan.name}/initramfs`, ...packageIds(plan)], input: NAMED_INPUT },
    ...made,
  ];
}

/** Those, and the files of the formats' own boot loaders. */
export function formatInputs(plan: OsPlan, formats: readonly string[]): Input[] {
  const loaders = formats.flatMap((format) => planFormat(plan, format).loaders);
  const packages = [...new Set(packageIds({ images: loaders }))];
  return [NAMED_INPUT, ...(packages.length > 0 ? [{ projects: packages, input: NAMED_INPUT }] : [])];
}
