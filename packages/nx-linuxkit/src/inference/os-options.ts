import { planFormat, type ImageNode, type OsIdentity, type OsPlan } from '@nx-linuxkit/stages/plan';
import type { SourceInputs } from './source-inputs.js';
import { NO_NPM_PACKAGE, ownInputs, type Input } from './target.js';

/** Which OS a `build` is about: all of it, so that the executor need not load the plan. Other targets say less. */
export function osOptions({ file, name, root, dist, platform }: OsIdentity): OsIdentity {
  return { file, name, root, dist, platform };
}

/**
 * The packages among the images of an OS whose files decide bytes downstream. What is installed from a registry has
 * its version for that.
 */
export function packageIds({ images }: { readonly images: readonly ImageNode[] }): string[] {
  return images.filter(({ source }) => source.kind === 'package' && !source.pinned).map(({ id }) => id);
}

/**
 * The named input of an OS, which all its formats share: said once, not in each. A named input cannot speak of other
 * projects, so the files that the initramfs reads are named here again.
 */
export function osInput({ files, made }: SourceInputs): Input[] {
  return [NO_NPM_PACKAGE, ...files, ...made];
}

/** What decides the bytes of formats beside their keys: the files that the OS's nodes and their loaders read. */
export function formatInputs(plan: OsPlan, formats: readonly string[]): Input[] {
  const loaders = formats.flatMap((format) => planFormat(plan, format).loaders);
  return ownInputs([...new Set([...packageIds(plan), ...packageIds({ images: loaders })])]);
}
