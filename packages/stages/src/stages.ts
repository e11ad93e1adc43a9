import { compressorId } from '@nx-linuxkit/deflate/compressor';

/**
 * The stages, and what each reads: the one place that says it. Versions, keys, the inputs that `pipeline.ts` may give
 * to a stage, and the `dependsOn` of inferred targets follow from here. A stage's version is bumped when the stage
 * writes other bytes for the same input; a test over golden digests fails when the bump is forgotten.
 */
const STAGES = {
  pull: { version: 2, reads: [] },
  // An image that is built from a Dockerfile reads those that the Dockerfile names, which may be packages too.
  image: { version: 7, reads: ['pull'] },
  extract: { version: 1, reads: ['pull', 'image'] },
  segment: { version: 8, reads: ['extract'] },
  'oci-config': { version: 3, reads: ['pull', 'image'] },
  verify: { version: 1, reads: ['pull'] },
  // Most systems have none: the option `sbom` asks for it.
  sbom: { version: 1, reads: ['pull', 'image'] },
  initramfs: { version: 8, reads: ['oci-config', 'verify', 'segment', 'sbom'] },
  format: { version: 7, reads: ['initramfs'] },
} as const satisfies Record<string, { version: number; reads: readonly string[] }>;

/** The name of a stage: of its folder in this package and of its executor in the plugin. */
export type StageName = keyof typeof STAGES;

type Read<Name extends StageName> = (typeof STAGES)[Name]['reads'][number];

/** The stages that a stage reads, and those that they read in turn. */
export type Upstream<Name extends StageName> = Name extends StageName
  ? Read<Name> | Upstream<Read<Name>> | (Name extends 'image' ? 'image' : never)
  : never;

/** All stages, each after those that it reads. */
export const stageNames = Object.keys(STAGES) as StageName[];

/** The stages whose outputs a stage reads, without those further upstream. */
export function stagesReadBy(stage: StageName): readonly Read<StageName>[] {
  return STAGES[stage].reads;
}

/** The first stage that compresses; those that read its images do as well, or hold what it has compressed. */
const COMPRESSES: StageName = 'image';

/** Every target of every system has a version, so each is made once. */
const versions = new Map<StageName, string>();

/**
 * A stage's version together with those of all stages upstream, such as `extract1,image1,pull1`. Nx re-runs a task when
 * the task's own options change, so a bump upstream must show in the options downstream. A Node whose zlib writes other
 * bytes than the official releases has versions of its own, such as `extract1,image1,pull1,zlib-0123456789abcdef`.
 */
export function stageVersion(stage: StageName): string {
  const version = versions.get(stage) ?? versionWith(stage, compressorId());
  versions.set(stage, version);
  return version;
}

/** The version of a stage under the compressor of an id, which is '' for the usual one. */
export function versionWith(stage: StageName, compressor: string): string {
  const seen = new Set<StageName>();
  const visit = (name: StageName) => {
    if (seen.has(name)) return;
    seen.add(name);
    STAGES[name].reads.forEach(visit);
  };
  visit(stage);
  const parts = [...seen].sort().map((name) => `${name}${STAGES[name].version}`);
  if (compressor !== '' && seen.has(COMPRESSES)) parts.push(`zlib-${compressor}`);
  return parts.join(',');
}
