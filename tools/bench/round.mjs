// A round measures everything once, side by side, so that a slow minute of the machine slows all of it.
import { join } from 'node:path';
import { Program, withEnv } from './command/run.mjs';
import { inflate, recompress } from './floors.mjs';
import { LinuxKit } from './linuxkit.mjs';
import { log } from './result.mjs';
import { BUMPED, sources } from './scenarios.mjs';

/** What builds the same YAML without Nx: LinuxKit, the same without a bill of materials, and the command. */
export function others(base, workload) {
  return {
    linuxkit: LinuxKit.find(join(base, 'linuxkit'), workload),
    plain: LinuxKit.find(join(base, 'linuxkit-plain'), workload, ['--no-sbom']),
    program: new Program(join(base, 'program'), workload.yaml, workload.registry.host),
  };
}

/** Measures `runs` rounds; each begins with the YAML and the lock as they are now. */
export async function rounds(runs, builds, chosen, { linuxkit, plain, program }) {
  const original = sources(builds.workspace);
  for (let run = 0; run < runs; run += 1) {
    builds.workspace.write(original);
    await floors(builds);
    const theirs = await linuxkit?.sample();
    if (theirs) log(`linuxkit, empty cache: ${theirs.toFixed(2)} s`);
    await plain?.sample();
    if (program) await command(builds, program);
    for (const scenario of chosen)
      for (let time = 0; time < (scenario.times ?? 1); time += 1) await builds.scenario(scenario);
  }
}

/** U inflates all layers, G compresses them anew; the same of the image that gets new versions. */
async function floors({ samples, workload }) {
  samples.add('U', await inflate(workload.layers()));
  samples.add('G', await recompress(workload.layers()));
  samples.add('U image', await inflate(workload.layers([BUMPED])));
  samples.add('G image', await recompress(workload.layers([BUMPED])));
}

/** The command without Nx, on the same YAML. */
async function command(builds, program) {
  builds.samples.add('command cold', await program.cold());
  builds.samples.add('command env', await program.build(withEnv(builds.workload.yaml, builds.next())));
}
