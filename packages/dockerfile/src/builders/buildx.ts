import { join } from 'node:path';
import type { Builder, BuilderRequest } from './builder.js';
import { argumentFlags } from './build-arguments.js';
import { accessFlags, writeBuildkitInputs } from './buildkit-inputs.js';
import { reasonOf, runProgram } from './run-program.js';

/** Finds Docker's program with its plugin buildx, and a builder of it that writes OCI archives. */
export async function findBuildx(): Promise<Builder | string> {
  let version: string;
  try {
    version = (await runProgram('docker', ['buildx', 'version'])).trim();
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return isMissing ? 'docker is not installed' : 'docker has no plugin buildx';
  }
  try {
    const inspected = await runProgram('docker', ['buildx', 'inspect']);
    const [, driver] = /^Driver:\s*(\S+)/m.exec(inspected) ?? [];
    if (driver === 'docker') {
      return 'the driver docker of buildx writes no OCI archive (`docker buildx create --use` makes a builder that does)';
    }
  } catch (error) {
    return `no builder of buildx answers: ${reasonOf(error)}`;
  }
  return { name: 'buildx', version, knows: () => true, build };
}

/** Builds as with BuildKit's own program. https://docs.docker.com/reference/cli/docker/buildx/build/ */
async function build(request: BuilderRequest): Promise<string> {
  const { plan, folder, network, access, log } = request;
  const { bases, context, dockerfile, given } = await writeBuildkitInputs(request);
  const layouts = bases.map(
    ({ name, folder: layout, digest }) => `--build-context=${name}=oci-layout://${layout}@${digest}`,
  );
  const archive = join(folder, 'built.tar');
  await runProgram(
    'docker',
    [
      ...['buildx', 'build', '--progress=plain', '--no-cache', '--provenance=false', '--sbom=false'],
      `--platform=${plan.build.platform}`,
      `--network=${network ? 'default' : 'none'}`,
      ...layouts,
      ...argumentFlags('--build-arg', given),
      ...accessFlags(access),
      `--file=${dockerfile}`,
      `--output=type=oci,dest=${archive}`,
      context,
    ],
    { cwd: folder, log },
  );
  return `oci-archive:${archive}`;
}
