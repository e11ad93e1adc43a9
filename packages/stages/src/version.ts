/**
 * The stages and what each reads. A stage's version is bumped when it writes other bytes for the same
 * input; a test over golden digests fails when that is forgotten.
 */
const STAGES = {
  image: { version: 1, reads: [] },
  pull: { version: 1, reads: [] },
  extract: { version: 1, reads: ['pull', 'image'] },
  segment: { version: 7, reads: ['extract'] },
  'oci-config': { version: 2, reads: ['pull', 'image'] },
  verify: { version: 1, reads: ['pull'] },
  initramfs: { version: 5, reads: ['segment', 'oci-config', 'verify'] },
  format: { version: 3, reads: ['initramfs'] },
} as const satisfies Record<string, { version: number; reads: readonly string[] }>;

export type StageName = keyof typeof STAGES;

export const stageNames = Object.keys(STAGES) as StageName[];

/** Once for each: every target of every system has one. */
const versions = new Map<StageName, string>();

/**
 * A stage's version together with those of all stages upstream of it, as `extract1,image1,pull1`: Nx re-runs
 * a task when its own options change, so a bump upstream must show in the options downstream.
 */
export function stageVersion(stage: StageName): string {
  const version = versions.get(stage) ?? withUpstream(stage);
  versions.set(stage, version);
  return version;
}

function withUpstream(stage: StageName): string {
  const seen = new Set<StageName>();
  const visit = (name: StageName) => {
    if (seen.has(name)) return;
    seen.add(name);
    STAGES[name].reads.forEach(visit);
  };
  visit(stage);
  return [...seen]
    .sort()
    .map((name) => `${name}${STAGES[name].version}`)
    .join(',');
}
