// A system of several times as many images: how costs grow with their number.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Builds } from './builds.mjs';
import { inflate } from './floors.mjs';
import { LinuxKit } from './linuxkit.mjs';
import { log } from './result.mjs';
import { lock, scenarios } from './scenarios.mjs';

/** The workload's images, and three further versions of each. */
const COPIES = 4;
/** What a user waits for: the first build, one of what is there, one small change. */
const SCALED = ['cold', 'nothing', 'nothing-daemon', 'file', 'env'];

/** The same scenarios with further versions of each image, every layer of them new; once. */
export async function measureScaled(base, workload) {
  const { registry, images } = workload;
  const { yaml, layers } = await scaledWorkload(workload);
  const builds = new Builds(base, workload, 'scaled', yaml);
  try {
    await builds.workspace.nx(lock);
    const { wall: U } = await inflate(layers);
    const theirs = await LinuxKit.find(join(base, 'scaled-linuxkit'), { yaml, registry })?.cold();
    if (theirs) log(`linuxkit, empty cache: ${theirs.wall.toFixed(2)} s`);
    const chosen = scenarios.filter(({ id }) => SCALED.includes(id));
    for (const scenario of chosen) await builds.scenario(scenario);
    const rows = chosen.map(({ id, title }) => ({ id, title, ...builds.samples.medians(id) }));
    return { images: images.length * COPIES, U, scenarios: rows, linuxkit: theirs?.wall };
  } finally {
    await builds.close();
  }
}

/** The workload's YAML with a service for every further version, of which no two share a layer, and all layers. */
async function scaledWorkload(workload) {
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
