import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { bytesContent, DEFAULT_MTIME, Tree, writeTar } from '@nx-linuxkit/tree';
import { DockerfileError } from '../error.js';
import { evaluateStages } from '../evaluate/evaluate-stages.js';
import type { Instruction } from '../parse/instruction.js';
import { buildArguments } from './build-arguments.js';
import type { BuilderRequest } from './builder.js';
import { linesOfStatus } from './buildkit-status.js';
import { file } from './docker-load.js';
import type { LogTail } from './log-tail.js';
import { rewriteDockerfile } from './rewrite.js';
import { failed } from './run-program.js';

/** Builds a Dockerfile whose images have the names that `nameOf` gives; gives the id of the result. */
export type BuildInDaemon = (
  docker: Docker,
  request: BuilderRequest,
  nameOf: (reference: string, platform: string) => string,
  noted: { readonly tail: LogTail; readonly made: string[] },
) => Promise<string>;

/** Files of the package in the context that BuildKit gets; beside it lies the Dockerfile, which no COPY may see. */
const BELOW = 'context';

/**
 * Builds by the BuildKit of the daemon. https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageBuild
 */
export const buildByBuildkit: BuildInDaemon = async (docker, request, nameOf, { tail, made }) => {
  const { plan, context } = request;
  const files = new Tree();
  const sourcesOf = await expandedSources(request);
  const options = { isBuildkit: true, isOld: true, below: BELOW, sourcesOf };
  files.set('Dockerfile', file(bytesContent(rewriteDockerfile(plan, nameOf, options))));
  files.set(BELOW, { type: 'dir', mode: 0o755, uid: 0, gid: 0, mtime: DEFAULT_MTIME });
  for (const { path, inode } of context.entries()) if (path !== '') files.set(`${BELOW}/${path}`, inode);
  const answer = await docker.buildImage(archiveOf(files), {
    version: '2',
    platform: plan.build.platform,
    ...optionsOf(request),
  });
  let id: string | undefined;
  const take = ({ id: about, aux }: { id?: string; aux?: string | { ID?: string } }) => {
    if (about === 'moby.buildkit.trace' && typeof aux === 'string') {
      for (const line of linesOfStatus(Buffer.from(aux, 'base64'))) tail.add(line);
    } else if (about === 'moby.image.id' && typeof aux === 'object') id = aux.ID;
  };
  await followed(docker, answer, tail, take);
  if (id === undefined) throw failed('the Docker daemon named no image', tail);
  made.push(id);
  return id;
};

/** The sources of COPY and ADD with their variables replaced, in stages that can be read without a builder. */
async function expandedSources(
  request: BuilderRequest,
): Promise<(instruction: Instruction) => readonly string[] | undefined> {
  const sources = new Map<Instruction, readonly string[]>();
  for (const stage of (await evaluateStages(request)).values()) {
    if (stage instanceof DockerfileError) continue;
    for (const { step } of stage.history)
      if (step?.kind === 'copy') sources.set(step.instruction, step.sources);
  }
  return (instruction) => sources.get(instruction);
}

/** Builds by the API that daemons had before BuildKit. */
export const buildClassic: BuildInDaemon = async (docker, request, nameOf, { tail, made }) => {
  const { plan, context } = request;
  const name = `.${randomUUID()}.Dockerfile`;
  const files = context.clone();
  files.set(name, file(bytesContent(rewriteDockerfile(plan, nameOf))));
  // The daemon takes out of the context what this file names, if it is the Dockerfile or the file itself.
  files.set(
    '.dockerignore',
    file(bytesContent(`${name}\n${context.get('.dockerignore') ? '' : '.dockerignore\n'}`)),
  );
  const answer = await docker.buildImage(archiveOf(files), {
    dockerfile: name,
    rm: true,
    forcerm: true,
    ...optionsOf(request),
  });
  let id: string | undefined;
  const take = ({ stream = '', aux }: { stream?: string; aux?: { ID?: string } }) => {
    tail.add(stream);
    // The daemon keeps an image for each instruction.
    const [, step] = /^ ---> ([0-9a-f]{12})\n$/.exec(stream) ?? [];
    if (step) made.push(step);
    id = aux?.ID ?? id;
  };
  await followed(docker, answer, tail, take);
  if (id === undefined) throw failed('the Docker daemon named no image', tail);
  made.push(id);
  return id;
};

/** What both ways to build are told. */
function optionsOf({ plan, network, access }: BuilderRequest): Docker.ImageBuildOptions {
  const given = network ? { ...access.proxies, ...buildArguments(plan) } : buildArguments(plan);
  return { buildargs: given, nocache: true, ...(!network && { networkmode: 'none' }) };
}

function archiveOf(files: Tree): Readable {
  return Readable.from(writeTar(files.entries()), { objectMode: false });
}

/** Waits for the end of an answer. A build that failed says so in its last message. */
async function followed<Event>(
  docker: Docker,
  answer: NodeJS.ReadableStream,
  tail: LogTail,
  take: (event: Event) => void,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const heard = (event: Event & { error?: string }) => {
      if (event.error === undefined) take(event);
      else reject(new Error(event.error));
    };
    docker.modem.followProgress(answer, (error: Error | null) => (error ? reject(error) : resolve()), heard);
  });
  tail.end();
}
