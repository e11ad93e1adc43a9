import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import { installCommand } from '@nx-linuxkit/errors';
import { digestOf, hexOf, type Descriptor } from '@nx-linuxkit/oci';
import { bytesContent, DEFAULT_MTIME, Tree, writeTar, type Content, type Inode } from '@nx-linuxkit/tree';
import { DockerfileError } from '../error.js';
import type { BaseImage } from '../image/base-image.js';
import { buildArguments } from './build-arguments.js';
import type { Builder, BuilderRequest } from './builder.js';
import { LogTail } from './log-tail.js';
import { rewriteDockerfile } from './rewrite.js';
import { failed } from './run-program.js';

/** Finds a Docker daemon, by DOCKER_HOST as Docker's own programs do. It builds by the classic API, which every version has. */
export async function findDocker(): Promise<Builder | string> {
  let docker: Docker;
  try {
    docker = new (await import('dockerode')).default();
  } catch {
    return `the package dockerode is not installed (\`${installCommand(['dockerode@5'])}\`)`;
  }
  try {
    const { Version } = await docker.version();
    const version = `Docker ${Version}`;
    return { name: 'docker', version, knows: () => false, build: (request) => build(docker, request) };
  } catch (error) {
    return `no Docker daemon answers: ${(error as Error).message}`;
  }
}

/** Where the names of base images lie that are loaded into the daemon: a registry that cannot be, so none is asked. */
const NAMES = 'nx-linuxkit.invalid/base';

async function build(docker: Docker, request: BuilderRequest): Promise<string> {
  const { plan, folder, log } = request;
  const tail = new LogTail(log);
  const names = new Map<string, string>();
  const made: string[] = [];
  try {
    for (const { reference, platform } of plan.images) {
      const name = `${NAMES}:${randomUUID()}`;
      names.set(`${reference} ${platform}`, name);
      await load(docker, await request.image(reference, platform), name);
    }
    const nameOf = (reference: string, platform: string) => names.get(`${reference} ${platform}`) as string;
    const id = await buildClassic(docker, request, rewriteDockerfile(plan, nameOf), { tail, made });
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

/** Loads an image under a name of this build alone, so that builds side by side do not remove each other's. */
async function load(docker: Docker, image: BaseImage, name: string): Promise<void> {
  const config = Buffer.from(JSON.stringify(image.config));
  const layers = image.layers.map(({ blob }) => ({
    path: `${hexOf(blob.digest)}.tar`,
    content: blobContent(image, blob),
  }));
  const manifest = [
    { Config: `${hexOf(digestOf(config))}.json`, RepoTags: [name], Layers: layers.map(({ path }) => path) },
  ];
  const tree = new Tree();
  tree.set(manifest[0].Config, file(bytesContent(config)));
  for (const { path, content } of layers) tree.set(path, file(content));
  tree.set('manifest.json', file(bytesContent(JSON.stringify(manifest))));
  const answer = await docker.loadImage(Readable.from(writeTar(tree.entries()), { objectMode: false }));
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(answer, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}

async function buildClassic(
  docker: Docker,
  { plan, context, network, access }: BuilderRequest,
  dockerfile: string,
  { tail, made }: { readonly tail: LogTail; readonly made: string[] },
): Promise<string> {
  const name = `.${randomUUID()}.Dockerfile`;
  const files = context.clone();
  files.set(name, file(bytesContent(dockerfile)));
  // The daemon takes out of the context what this file names, if it is the Dockerfile or the file itself.
  files.set(
    '.dockerignore',
    file(bytesContent(`${name}\n${context.get('.dockerignore') ? '' : '.dockerignore\n'}`)),
  );
  const answer = await docker.buildImage(Readable.from(writeTar(files.entries()), { objectMode: false }), {
    dockerfile: name,
    buildargs: network ? { ...access.proxies, ...buildArguments(plan) } : buildArguments(plan),
    nocache: true,
    rm: true,
    forcerm: true,
    ...(!network && { networkmode: 'none' }),
  });
  let id: string | undefined;
  await new Promise<void>((resolve, reject) => {
    const take = ({ stream = '', aux }: { stream?: string; aux?: { ID?: string } }) => {
      tail.add(stream);
      // The daemon keeps an image for each instruction.
      const [, step] = /^ ---> ([0-9a-f]{12})\n$/.exec(stream) ?? [];
      if (step) made.push(step);
      id = aux?.ID ?? id;
    };
    docker.modem.followProgress(answer, (error: Error | null) => (error ? reject(error) : resolve()), take);
  });
  tail.end();
  if (id === undefined) throw failed('the Docker daemon named no image', tail);
  made.push(id);
  return id;
}

function blobContent(image: BaseImage, blob: Descriptor): Content {
  const { digest: id, size } = blob;
  // A tar is written from the start to the end, so the whole blob is asked for at once.
  const read = async function* () {
    yield* await image.blob(blob);
  };
  return { source: { id, size, read }, offset: 0, size };
}

function file(content: Content): Inode {
  return { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: DEFAULT_MTIME, content };
}
