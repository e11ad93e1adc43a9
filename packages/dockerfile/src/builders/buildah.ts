import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeTar } from '@nx-linuxkit/tree';
import { DockerfileError } from '../error.js';
import { argumentFlags, buildArguments } from './build-arguments.js';
import type { Builder, BuilderRequest } from './builder.js';
import { writeLayoutFolder } from './layout-folder.js';
import type { NewerForm } from './newer-forms.js';
import { rewriteDockerfile } from './rewrite.js';
import { runProgram } from './run-program.js';

/** Forms that all versions in use know. Later ones know more, and take `--exclude` and `--parents` otherwise than BuildKit. */
const KNOWN: readonly NewerForm[] = [
  ...(['RUN --mount', 'RUN --mount=type=secret', 'RUN --mount=type=ssh'] as const),
  '--chmod',
];

/** Finds buildah, or podman, which builds with buildah's code. */
export function findBuildah(program: 'buildah' | 'podman' = 'buildah') {
  return async (): Promise<Builder | string> => {
    let version: string;
    try {
      version = (await runProgram(program, ['--version'])).trim();
    } catch {
      return `${program} is not installed`;
    }
    const isolated = await canIsolateNetwork();
    return {
      name: program,
      version,
      knows: (form) => KNOWN.includes(form),
      build: (request) => build(program, isolated, request),
    };
  };
}

/**
 * Builds in a storage of this build alone, so that builds side by side share nothing and leave nothing. The driver vfs and
 * the isolation chroot work as root, without root, and inside of a container.
 */
async function build(program: string, isolated: boolean, request: BuilderRequest): Promise<string> {
  const { plan, folder, network, access, log } = request;
  if (!network && !isolated) {
    throw new DockerfileError(
      'no-builder',
      `${program} cannot build without a network here: unshare --net is not allowed`,
      {
        hint: 'Set `network: true` in build.yml, or run the build where a user may make network namespaces.',
      },
    );
  }
  const storage = [
    '--root',
    join(folder, 'root'),
    '--runroot',
    join(folder, 'runroot'),
    '--storage-driver',
    'vfs',
  ];
  const env = { ...process.env, TMPDIR: join(folder, 'tmp') };
  await mkdir(env.TMPDIR);
  const run = (args: readonly string[], input?: AsyncIterable<Uint8Array>) => {
    const command = [program, ...storage, ...args];
    const [first, ...rest] = network ? command : ['unshare', '--net', ...command];
    // buildah makes a name of the path of a layout, and refuses capitals in it, so paths are relative.
    return runProgram(first, rest, { input, env, cwd: folder, log, called: program });
  };
  const names = new Map<string, string>();
  for (const [i, { reference, platform }] of plan.images.entries()) {
    const name = `base-${i}`;
    const layout = join(folder, name);
    await writeLayoutFolder(await request.image(reference, platform), layout);
    names.set(`${reference} ${platform}`, (await run(['pull', '--quiet', `oci:${name}`])).trim());
    await rm(layout, { recursive: true });
  }
  const dockerfile = join(folder, 'Dockerfile');
  const nameOf = (reference: string, platform: string) => names.get(`${reference} ${platform}`) as string;
  await writeFile(dockerfile, rewriteDockerfile(plan, nameOf));
  const id = join(folder, 'image-id');
  const given = network ? { ...access.proxies, ...buildArguments(plan) } : buildArguments(plan);
  const secrets = Object.entries(access.secrets).map(([id, path]) => `--secret=id=${id},src=${path}`);
  await run(
    [
      ...['build', '--isolation', 'chroot', '--network', 'host', '--format', 'oci', '--pull-never'],
      ...[
        '--layers=false',
        '--platform',
        plan.build.platform,
        // Otherwise RUN sees the proxies of this process, whatever the package says.
        '--http-proxy=false',
        ...argumentFlags('--build-arg', given),
        ...secrets,
        ...access.ssh.map((agent) => `--ssh=${agent}`),
        '--iidfile',
        id,
        '-f',
        dockerfile,
        '-',
      ],
    ],
    writeTar(request.context.entries()),
  );
  const archive = join(folder, 'built.tar');
  await run(['push', '--quiet', (await readFile(id, 'utf8')).trim(), `oci-archive:${archive}`]);
  return `oci-archive:${archive}`;
}

/** A network namespace of its own keeps programs from any network; buildah refuses `--network none` with chroot. */
async function canIsolateNetwork(): Promise<boolean> {
  return runProgram('unshare', ['--net', 'true']).then(
    () => true,
    () => false,
  );
}
