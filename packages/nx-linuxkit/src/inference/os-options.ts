import { planFormat, type ImageNode, type OsIdentity, type OsPlan } from '@nx-linuxkit/stages/plan';
import type { OsSpec } from '@nx-linuxkit/spec';
import type { SourceInputs } from './source-inputs.js';
import { NO_NPM_PACKAGE, ownInputs, type Input } from './target.js';
import { filesetOf } from './watch/glob.js';

/**
 * The whole identity of a system as an option of `build`, whose executor need not load the plan then. Other targets
 * have it short.
 */
export function osOptions({ file, name, root, dist, platform, variant }: OsIdentity): OsIdentity {
  return { file, name, root, dist, platform, ...(variant !== undefined && { variant }) };
}

/**
 * Ids of the packages among images whose files decide bytes downstream. Packages that npm installed are not among them,
 * because a hash of their files is in the plan.
 */
export function packageIds({ images }: { readonly images: readonly ImageNode[] }): string[] {
  return images.filter(({ source }) => source.kind === 'package' && !source.pinned).map(({ id }) => id);
}

/**
 * The named input of a system, which all its formats share. A named input cannot refer to other projects, so the
 * files that the initramfs reads are listed here again.
 */
export function osInput({ files, made }: SourceInputs, os: OsSpec): Input[] {
  return [NO_NPM_PACKAGE, ...files, ...made, ...environmentInputs(os)];
}

/**
 * The environment variables that a YAML takes values from. Their values are in the keys; as inputs they keep a result
 * that a daemon planned in another environment out of the cache.
 */
export function environmentInputs({ environment }: OsSpec): Input[] {
  return environment.map((env) => ({ env }));
}

/** Inputs of formats beside their keys: the files that the system's nodes, the formats' loaders and signers read. */
export function formatInputs(plan: OsPlan, formats: readonly string[]): Input[] {
  const loaders = formats.flatMap((format) => planFormat(plan, format).loaders);
  const nodes = new Set([...packageIds(plan), ...packageIds({ images: loaders })]);
  return [...ownInputs([...nodes]), ...certificateInputs(plan, formats)];
}

/**
 * Where the certificate of Secure Boot comes from. Its digest is in the keys of these formats; as an input it is what `nx
 * affected` asks about. The private key is no input.
 */
function certificateInputs(plan: OsPlan, formats: readonly string[]): Input[] {
  const signed = formats.map((format) => planFormat(plan, format).secureBoot).find(Boolean);
  if (!signed) return [];
  return [...signed.files.map((file) => filesetOf(file)), ...signed.variables.map((env) => ({ env }))];
}
