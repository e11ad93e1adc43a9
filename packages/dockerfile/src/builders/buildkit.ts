import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Builder, BuilderRequest } from './builder.js';
import { argumentFlags, buildArguments } from './build-arguments.js';
import { writeContextFolder } from './context-folder.js';
import { writeLayoutFolder } from './layout-folder.js';
import { rewriteDockerfile } from './rewrite.js';
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
  return { name: 'buildkit', version, mounts: true, build };
}

/**
 * Builds with the context and the base images as folders of this machine, which buildctl sends: so the daemon may be
 * anywhere. https://github.com/moby/buildkit/blob/v0.13.0/README.md#building-a-dockerfile-with-buildctl
 */
async function build(request: BuilderRequest): Promise<string> {
  const { plan, folder, network, access, log } = request;
  const layouts: string[] = [];
  const names = new Map<string, string>();
  for (const [i, { reference, platform }] of plan.images.entries()) {
    const name = `base-${i}`;
    const digest = await writeLayoutFolder(await request.image(reference, platform), join(folder, name));
    names.set(`${reference} ${platform}`, name);
    layouts.push(`--oci-layout=${name}=${join(folder, name)}`);
    layouts.push(`--opt=context:${name}=oci-layout://${name}@${digest}`);
  }
  await writeContextFolder(request.context, join(folder, 'context'));
  const nameOf = (reference: string, platform: string) => names.get(`${reference} ${platform}`) as string;
  await mkdir(join(folder, 'dockerfile'));
  await writeFile(
    join(folder, 'dockerfile/Dockerfile'),
    rewriteDockerfile(plan, nameOf, { isBuildkit: true }),
  );
  const given = network ? { ...access.proxies, ...buildArguments(plan) } : buildArguments(plan);
  const archive = join(folder, 'built.tar');
  await runProgram(
    'buildctl',
    [
      ...['build', '--frontend=dockerfile.v0', '--progress=plain', '--no-cache'],
      `--local=context=${join(folder, 'context')}`,
      `--local=dockerfile=${join(folder, 'dockerfile')}`,
      `--opt=platform=${plan.build.platform}`,
      ...(network ? [] : ['--opt=force-network-mode=none']),
      ...layouts,
      ...argumentFlags('--opt', given, (name, value) => `build-arg:${name}=${value}`),
      ...Object.entries(access.secrets).map(([id, path]) => `--secret=id=${id},src=${path}`),
      ...access.ssh.map((agent) => `--ssh=${agent}`),
      `--output=type=oci,dest=${archive}`,
    ],
    { cwd: folder, log },
  );
  return `oci-archive:${archive}`;
}
