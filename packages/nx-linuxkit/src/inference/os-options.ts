import { planFormat, type ImageNode, type OsIdentity, type OsPlan } from '@nx-linuxkit/stages/plan';
import type { SourceInputs } from './source-inputs.js';
import { NO_NPM_PACKAGE, ownInputs, type Input } from './target.js';

/** Which OS a `build` is about: all of it, so that the executor need not load the plan. Other targets say less. */
export function osOptions({ file, name, root, dist, platform }: OsIdentity): OsIdentity {
  return { file, name, root, dist, platform };
}

/** The packages among the images of an OS: nodes whose files decide bytes downstream. */
export function packageIds({ images }: { readonly images: readonly ImageNode[] }): string[] {
  return images.filter(({ source }) => source.kind === 'package').map(({ id }) => id);
}

/** What the named input of an OS says for all its formats: once, not in each. It has no files of its own. */
export const OS_INPUT: Input[] = [NO_NPM_PACKAGE];

/** What decides the bytes of formats beside their keys: the files that the OS's nodes and their loaders read. */
export function formatInputs(plan: OsPlan, { made }: SourceInputs, formats: readonly string[]): Input[] {
  const loaders = formats.flatMap((format) => planFormat(plan, format).loaders);
  const packages = new Set([...packageIds(plan), ...packageIds({ images: loaders })]);
  return [...ownInputs([`${plan.name}/initramfs`, ...packages]), ...made];
}
