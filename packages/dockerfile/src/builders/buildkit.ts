import { join } from 'node:path';
import type { Builder, BuilderRequest } from './builder.js';
import { argumentFlags } from './build-arguments.js';
import { accessFlags, writeBuildkitInputs } from './buildkit-inputs.js';
import { reasonOf, runProgram } from './run-program.js';

/** Finds a BuildKit daemon at BUILDKIT_HOST, by BuildKit's own program. */
export async function findBuildkit(): Promise<Builder | string> {
  const host = process.env.BUILDKIT_HOST;
  if (!host) return 'BUILDKIT_HOST is not set';
  let version: string;
  try {
    version = (await runProgram('buildctl', ['--version'])).trim();
  } catch {
    return 'buildctl is not installed';
  }
  try {
    await runProgram('buildctl', ['debug', 'workers']);
  } catch (error) {
    return `no BuildKit answers at ${host}: ${reasonOf(error)}`;
  }
  return { name: 'buildkit', version, knows: () => true, build };
}

/**
 * Builds with the context and the base images as folders of this machine, which buildctl sends: so the daemon may be
 * anywhere. https://github.com/moby/buildkit/blob/v0.13.0/README.md#building-a-dockerfile-with-buildctl
 */
async function build(request: BuilderRequest): Promise<string> {
  const { plan, folder, network, access, log } = request;
  const { bases, context, dockerfiles, given } = await writeBuildkitInputs(request);
  const layouts = bases.flatMap(({ name, folder: layout, digest }) => [
    `--oci-layout=${name}=${layout}`,
    `--opt=context:${name}=oci-layout://${name}@${digest}`,
  ]);
  const archive = join(folder, 'built.tar');
  await runProgram(
    'buildctl',
    [
      ...['build', '--frontend=dockerfile.v0', '--progress=plain', '--no-cache'],
      `--local=context=${context}`,
      `--local=dockerfile=${dockerfiles}`,
      `--opt=platform=${plan.build.platform}`,
      ...(network ? [] : ['--opt=force-network-mode=none']),
      ...layouts,
      ...argumentFlags('--opt', given, (name, value) => `build-arg:${name}=${value}`),
      ...accessFlags(access),
      `--output=type=oci,dest=${archive}`,
    ],
    { cwd: folder, log },
  );
  return `oci-archive:${archive}`;
}
