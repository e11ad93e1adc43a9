import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Builder, BuilderRequest } from './builder.js';
import { argumentFlags, buildArguments } from './build-arguments.js';
import { writeContextFolder } from './context-folder.js';
import { writeLayoutFolder } from './layout-folder.js';
import { rewriteDockerfile } from './rewrite.js';
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
  return { name: 'buildx', version, mounts: true, build };
}

/** Builds as with BuildKit's own program. https://docs.docker.com/reference/cli/docker/buildx/build/ */
async function build(request: BuilderRequest): Promise<string> {
  const { plan, folder, network, access, log } = request;
  const layouts: string[] = [];
  const names = new Map<string, string>();
  for (const [i, { reference, platform }] of plan.images.entries()) {
    const name = `base-${i}`;
    const digest = await writeLayoutFolder(await request.image(reference, platform), join(folder, name));
    names.set(`${reference} ${platform}`, name);
    layouts.push(`--build-context=${name}=oci-layout://${join(folder, name)}@${digest}`);
  }
  const nameOf = (reference: string, platform: string) => names.get(`${reference} ${platform}`) as string;
  await mkdir(join(folder, 'dockerfile'));
  const dockerfile = join(folder, 'dockerfile/Dockerfile');
  await writeFile(dockerfile, rewriteDockerfile(plan, nameOf, { isBuildkit: true }));
  await writeContextFolder(request.context, join(folder, 'context'));
  const given = network ? { ...access.proxies, ...buildArguments(plan) } : buildArguments(plan);
  const archive = join(folder, 'built.tar');
  await runProgram(
    'docker',
    [
      ...['buildx', 'build', '--progress=plain', '--no-cache', '--provenance=false', '--sbom=false'],
      `--platform=${plan.build.platform}`,
      `--network=${network ? 'default' : 'none'}`,
      ...layouts,
      ...argumentFlags('--build-arg', given),
      ...Object.entries(access.secrets).map(([id, path]) => `--secret=id=${id},src=${path}`),
      ...access.ssh.map((agent) => `--ssh=${agent}`),
      `--file=${dockerfile}`,
      `--output=type=oci,dest=${archive}`,
      join(folder, 'context'),
    ],
    { cwd: folder, log },
  );
  return `oci-archive:${archive}`;
}
