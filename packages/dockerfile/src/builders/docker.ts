import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import { installCommand } from '@nx-linuxkit/errors';
import { DockerfileError } from '../error.js';
import type { Builder, BuilderRequest } from './builder.js';
import { buildByBuildkit, buildClassic, type BuildInDaemon } from './docker-build.js';
import { loadImage } from './docker-load.js';
import { LogTail } from './log-tail.js';
import type { NewerForm } from './newer-forms.js';
import { failed } from './run-program.js';

/**
 * Finds a Docker daemon, by DOCKER_HOST as Docker's own programs do. It builds by the BuildKit that is built into it, or by
 * the classic API if it has none or DOCKER_BUILDKIT is 0.
 */
export async function findDocker(): Promise<Builder | string> {
  let docker: Docker;
  try {
    docker = new (await import('dockerode')).default();
  } catch {
    return `the package dockerode is not installed (\`${installCommand(['dockerode@5'])}\`)`;
  }
  try {
    const found = await docker.version();
    const hasBuildkit = process.env.DOCKER_BUILDKIT !== '0' && buildkitIsIn(found);
    return {
      name: 'docker',
      version: `Docker ${found.Version}${hasBuildkit ? ' with BuildKit' : ''}`,
      knows: (form) => hasBuildkit && OF_BUILDKIT.includes(form),
      build: (request) => build(docker, request, hasBuildkit ? buildByBuildkit : buildClassic),
    };
  } catch (error) {
    return `no Docker daemon answers: ${(error as Error).message}`;
  }
}

/**
 * What BuildKit has known since it came into the daemon. Secrets and agents would need services of ours in its session;
 * `buildctl` and `docker buildx` have them.
 */
const OF_BUILDKIT: readonly NewerForm[] = ['RUN --mount', '--chmod'];

/** BuildKit came with version 1.39 of the API, for Linux; podman answers as a daemon too, and has none. */
function buildkitIsIn({ ApiVersion, Os, Components = [] }: Docker.DockerVersion): boolean {
  const [major, minor] = ApiVersion.split('.').map(Number);
  const isDocker = Components.every(({ Name }) => !/podman/i.test(Name));
  return isDocker && Os === 'linux' && (major > 1 || minor >= 39);
}

/** Where the names of base images lie that are loaded into the daemon: a registry that cannot be, so none is asked. */
const NAMES = 'nx-linuxkit.invalid/base';

async function build(docker: Docker, request: BuilderRequest, buildIn: BuildInDaemon): Promise<string> {
  const { plan, folder, log } = request;
  const tail = new LogTail(log);
  const names = new Map<string, string>();
  const made: string[] = [];
  try {
    for (const { reference, platform } of plan.images) {
      const name = `${NAMES}:${randomUUID()}`;
      names.set(`${reference} ${platform}`, name);
      await loadImage(docker, await request.image(reference, platform), name);
    }
    const nameOf = (reference: string, platform: string) => names.get(`${reference} ${platform}`) as string;
    const id = await buildIn(docker, request, nameOf, { tail, made });
    const archive = join(folder, 'built.tar');
    await pipeline(await docker.getImage(id).get(), createWriteStream(archive));
    return `docker-archive:${archive}`;
  } catch (error) {
    if (error instanceof DockerfileError) throw error;
    throw failed(`the Docker daemon failed: ${(error as Error).message}`, tail, error);
  } finally {
    for (const name of [...made.reverse(), ...names.values()]) {
      // An image that another one is made of goes with that one, and one that stays does no harm.
      await docker
        .getImage(name)
        .remove({ force: true })
        .catch(() => undefined);
    }
  }
}
