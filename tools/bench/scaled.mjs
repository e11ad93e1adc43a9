// A system of several times as many images: how costs grow with their number.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The workload's images, and three further versions of each. */
export const COPIES = 4;
/** What a user waits for: the first build, one of what is there, one small change. */
export const SCALED = ['cold', 'nothing', 'nothing-daemon', 'file', 'env'];

/** The workload's YAML with a service for every further version, of which no two share a layer, and all layers. */
export async function scaledWorkload(workload) {
  const keep = join(workload.base, 'scaled-layers');
  mkdirSync(keep);
  const services = [];
  for (let copy = 1; copy < COPIES; copy += 1) {
    for (const { name } of workload.images) {
      const digest = await workload.newVersion(name, { all: true, keep });
      const image = `${workload.registry.host}/test/${name}@${digest}`;
      services.push(`  - name: ${name}-${copy}\n    image: ${image}\n`);
    }
  }
  const yaml = workload.yaml.replace(/^files:/m, `${services.join('')}files:`);
  return { yaml, layers: [...workload.layers(), ...readdirSync(keep).map((name) => join(keep, name))] };
}
