import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { formatLabel, type BuildDocument, type BuildYml } from '@nx-linuxkit/spec';
import { StageError } from '../../error.js';
import { DEFAULT_ORGANISATION } from './organisation.js';
import { PLAIN_DOCKERFILE, type DockerfilePackage } from './dockerfile-package.js';
import type { PackageOverrides } from './package-overrides.js';

const ARCHES = ['amd64', 'arm64', 'riscv64'];
/** LinuxKit reads a container's defaults from this label. */
const CONFIG_LABEL = 'org.mobyproject.config';
const SOURCE_LABEL = 'org.opencontainers.image.source';

/** A build.yml with what a command says in its place. */
export function overridden(value: BuildYml, { org, network, dockerfile }: PackageOverrides): BuildYml {
  return {
    ...value,
    ...(org !== undefined && { org }),
    ...(network !== undefined && { network }),
    ...(dockerfile !== undefined && { dockerfile }),
  };
}

/** What the keys of a build.yml say by themselves. */
type Described = Omit<DockerfilePackage, 'folder' | 'file' | 'args' | 'extraSources' | 'savedImages'>;

export function described(value: BuildYml, file: string): Described {
  const {
    image,
    org = DEFAULT_ORGANISATION,
    dockerfile = PLAIN_DOCKERFILE,
    network = false,
    config,
    gitrepo,
  } = value;
  if (/^(\/|\.\.(\/|$))/.test(posix.normalize(dockerfile))) {
    throw new StageError('unusable-path', `dockerfile: ${dockerfile} leads out of the package's folder`, {
      where: { file },
    });
  }
  return {
    image: `${org}/${image}`,
    tag: value.tag || '{{.Hash}}',
    dockerfile: posix.normalize(dockerfile),
    arches: value.arches ?? ARCHES,
    ...(gitrepo && { gitrepo }),
    network,
    labels: {
      ...(config && { [CONFIG_LABEL]: formatLabel(config) }),
      ...(gitrepo && { [SOURCE_LABEL]: gitrepo }),
    },
  };
}

/** Absolute paths by their paths in the context. Throws StageError `unsupported`. */
export function extraSources(value: BuildYml, folder: string, file: string): Record<string, string> {
  return Object.fromEntries(
    (value['extra-sources'] ?? []).map((text) => {
      const [source, destination, ...rest] = text.split(':');
      const to = posix.normalize(destination ?? '').replace(/^\/|\/$/g, '');
      if (source && to && to !== '.' && !to.startsWith('..') && rest.length === 0 && !text.includes('\0'))
        return [to, join(folder, source)];
      throw new StageError(
        'unsupported',
        `extra-sources: expected source:destination, got ${JSON.stringify(text)}`,
        {
          where: { file },
        },
      );
    }),
  );
}

/** A build without a folder that build.yml names would succeed, and its image would lack files. */
export function checkExtraSources(
  { extraSources }: Pick<DockerfilePackage, 'extraSources'>,
  document: BuildDocument<unknown>,
): void {
  const absent = Object.entries(extraSources).find(([, source]) => !existsSync(source));
  if (!absent) return;
  throw new StageError('missing-file', `extra-sources: there is nothing at ${absent[1]} for ${absent[0]}`, {
    where: document.where(['extra-sources']),
    hint: 'Correct the key `extra-sources`: what it names is relative to the folder of build.yml.',
  });
}
