import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuilderRequest } from './builder.js';
import { buildArguments } from './build-arguments.js';
import { writeContextFolder } from './context-folder.js';
import { writeLayoutFolder } from './layout-folder.js';
import { rewriteDockerfile } from './rewrite.js';

/** A base image, as an OCI layout in a folder, with the name that the Dockerfile has for it. */
export interface BaseLayout {
  readonly name: string;
  /** Absolute path. */
  readonly folder: string;
  readonly digest: string;
}

/** What BuildKit gets, whichever program sends it. Paths are absolute. */
export interface BuildkitInputs {
  readonly bases: readonly BaseLayout[];
  /** Folder of the context. */
  readonly context: string;
  /** Folder that has the Dockerfile alone. */
  readonly dockerfiles: string;
  readonly dockerfile: string;
  /** Build arguments, with those of proxies where the build has a network. */
  readonly given: Readonly<Record<string, string>>;
}

/** Writes base images, context and Dockerfile into the folder of a request. Throws the error of an image or of the disk. */
export async function writeBuildkitInputs(request: BuilderRequest): Promise<BuildkitInputs> {
  const { plan, folder, network, access } = request;
  const bases: BaseLayout[] = [];
  const names = new Map<string, string>();
  for (const [i, { reference, platform }] of plan.images.entries()) {
    const name = `base-${i}`;
    const layout = join(folder, name);
    const digest = await writeLayoutFolder(await request.image(reference, platform), layout);
    names.set(`${reference} ${platform}`, name);
    bases.push({ name, folder: layout, digest });
  }
  const context = join(folder, 'context');
  await writeContextFolder(request.context, context);
  const nameOf = (reference: string, platform: string) => names.get(`${reference} ${platform}`) as string;
  const dockerfiles = join(folder, 'dockerfile');
  const dockerfile = join(dockerfiles, 'Dockerfile');
  await mkdir(dockerfiles);
  await writeFile(dockerfile, rewriteDockerfile(plan, nameOf, { isBuildkit: true }));
  const given = network ? { ...access.proxies, ...buildArguments(plan) } : buildArguments(plan);
  return { bases, context, dockerfiles, dockerfile, given };
}

/** The flags of secrets and of SSH, which both programs have. */
export function accessFlags({ secrets, ssh }: BuilderRequest['access']): string[] {
  return [
    ...Object.entries(secrets).map(([id, path]) => `--secret=id=${id},src=${path}`),
    ...ssh.map((agent) => `--ssh=${agent}`),
  ];
}
