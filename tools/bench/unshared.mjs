// Images that share no layer: Nx, the command and LinuxKit, each with empty caches.
import { join } from 'node:path';
import { Builds } from './builds.mjs';
import { Program, unsharedYaml } from './command/run.mjs';
import { inflate } from './floors.mjs';
import { LinuxKit } from './linuxkit.mjs';
import { lock, scenarios } from './scenarios.mjs';

export async function measureUnshared(base, workload, runs) {
  const { registry } = workload;
  const { yaml, images, layers } = await unsharedYaml(workload);
  const builds = new Builds(base, workload, 'unshared', yaml);
  const theirs = LinuxKit.find(join(base, 'unshared-linuxkit'), { yaml, registry }, ['--no-sbom']);
  const program = new Program(join(base, 'unshared-program'), yaml, registry.host);
  const { samples } = builds;
  try {
    await builds.workspace.nx(lock);
    for (let run = 0; run < runs; run += 1) {
      samples.add('U', await inflate(layers));
      if (theirs) samples.add('linuxkit', await theirs.cold());
      samples.add('command', await program.cold());
      await builds.scenario(scenarios.find(({ id }) => id === 'cold'));
    }
  } finally {
    await builds.close();
  }
  return {
    images,
    runs,
    U: samples.own('U').wall,
    cold: samples.medians('cold'),
    command: samples.own('command'),
    linuxkit: theirs && samples.own('linuxkit'),
  };
}
