import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join, posix, resolve } from 'node:path';
import {
  extendBuildSchema,
  formatLabel,
  parseBuild,
  SpecError,
  type BuildDocument,
  type BuildYml,
  type JsonSchema,
  type ParsedBuild,
} from '@nx-linuxkit/spec';
import { StageError } from '../../error.js';
import type { PackageImage } from '../image-node.js';
import { buildArguments } from './build-arguments.js';
import { DEFAULT_ORGANISATION } from './organisation.js';
import type { PackageOverrides } from './package-overrides.js';
import { savedImages, type SavedImages } from './saved-images.js';

/** A package that is built from a Dockerfile, as its build.yml says it. */
export interface DockerfilePackage {
  /** Relative to the workspace. */
  readonly folder: string;
  /** What describes it, in its folder: `build.yml`, a variant `build-<name>.yml`, or a Dockerfile alone. */
  readonly file: string;
  /** Organisation and name: `linuxkit/sshd`. */
  readonly image: string;
  /** A Go template, in which `{{.Hash}}` is the hash of git. */
  readonly tag: string;
  /** Relative to the folder. */
  readonly dockerfile: string;
  /** For example `amd64`. */
  readonly arches: readonly string[];
  /** Values of ARG by name. */
  readonly args: Readonly<Record<string, string>>;
  /** Whether RUN has a network. */
  readonly network: boolean;
  /** Labels of the image beside those of the Dockerfile. */
  readonly labels: Readonly<Record<string, string>>;
  /** URL of the source repository. */
  readonly gitrepo?: string;
  /** Absolute paths of further folders by their path in the context. */
  readonly extraSources: Readonly<Record<string, string>>;
  /** Images that the context has as archives. */
  readonly savedImages?: SavedImages;
}

/** What a package is described by when it has no other file. */
export const DEFAULT_FILE = 'build.yml';
/** What describes a package that has no build.yml. */
export const PLAIN_DOCKERFILE = 'Dockerfile';

const ARCHES = ['amd64', 'arm64', 'riscv64'];
/** LinuxKit reads a container's defaults from this label. */
const CONFIG_LABEL = 'org.mobyproject.config';
const SOURCE_LABEL = 'org.opencontainers.image.source';

/** The keys by which a build.yml is known to be ours, whatever else it holds: other tools have files of this name. */
const RECOGNISED: JsonSchema = {
  type: 'object',
  properties: { image: { type: 'string' }, dockerfile: { type: 'string' } },
};

interface Recognised {
  readonly image?: string;
  readonly dockerfile?: string;
  readonly contents?: unknown;
}

/** `contents` is another package's key: what it holds is checked when that package is made. */
const SCHEMA = extendBuildSchema({ contents: {} });

/** Whether a name is that of a file that describes a package. */
export function isPackageFile(name: string): boolean {
  return /^build(-[^/]+)?\.yml$/.test(name);
}

/**
 * The package in a folder, or the one that a file describes; `place` is relative to the workspace. A folder without a
 * build.yml is described by its Dockerfile. Throws StageError `missing-file`.
 */
export function packageAt(workspaceRoot: string, place: string): PackageImage {
  const name = posix.basename(place);
  const isFile = isPackageFile(name) || name === PLAIN_DOCKERFILE;
  const folder = isFile ? posix.dirname(place) : place;
  const names = isFile ? [name] : [DEFAULT_FILE, PLAIN_DOCKERFILE];
  const file = names.find((candidate) => existsSync(join(workspaceRoot, folder, candidate)));
  if (file === undefined) {
    throw new StageError(
      'missing-file',
      `no package at ${place}: expected ${names.join(' or ')} in ${folder}`,
    );
  }
  return { kind: 'package', folder, ...(file !== DEFAULT_FILE && { file }) };
}

/** The path of what describes a package: its folder, or the file of a variant. */
export function packagePlace({ folder, file }: Pick<PackageImage, 'folder' | 'file'>): string {
  return file === undefined || file === DEFAULT_FILE ? folder : posix.join(folder, file);
}

/** What inference calls the project of a package: its path, which no other package has. */
export function packageProjectName(place: string): string {
  return place === '.' ? 'package' : place;
}

/** The lock of a package: `build-x.yml` has `build-x.lock.json` beside it, and a plain Dockerfile build.lock.json. */
export function packageLockFile(file: string): string {
  return file === PLAIN_DOCKERFILE ? 'build.lock.json' : file.replace(/\.yml$/, '.lock.json');
}

/**
 * Reads what describes a package. Undefined for one that is made of `contents`, and for a file without a Dockerfile, which
 * is another program's. Throws SpecError for a build.yml that is not valid, and StageError.
 */
export function readPackageFile(
  workspaceRoot: string,
  folder: string,
  file: string,
  overrides: PackageOverrides = {},
): DockerfilePackage | undefined {
  const path = (name: string) => resolve(workspaceRoot, folder, name);
  const name = posix.join(folder, file);
  if (file === PLAIN_DOCKERFILE) {
    return {
      ...described(
        overridden({ image: basename(folder === '.' ? workspaceRoot : folder).toLowerCase() }, overrides),
        name,
      ),
      args: overrides.args ?? {},
      folder,
      file,
      extraSources: {},
    };
  }
  const parsed = parsedPackage(readFileSync(path(file), 'utf8'), name, (dockerfile) =>
    existsSync(path(dockerfile)),
  );
  if (!parsed) return undefined;
  const { read, value, document } = readBuildFile(workspaceRoot, folder, file, overrides, parsed);
  if (!isFile(path(read.dockerfile))) {
    throw new StageError('missing-file', `there is no Dockerfile ${read.dockerfile}`, {
      where: document.where(['dockerfile']),
      hint: 'Correct the key `dockerfile`: it is relative to the folder of build.yml.',
    });
  }
  return { ...read, args: { ...buildArguments(value.buildArgs ?? [], path('.'), name), ...overrides.args } };
}

/**
 * Reads what a build.yml says of its image, whatever the image is made of: LinuxKit's tag depends on no Dockerfile, and on no
 * package that a build argument names. Throws SpecError for a build.yml that is not valid, and StageError.
 */
export function readNamedPackage(
  workspaceRoot: string,
  folder: string,
  file: string,
  overrides: PackageOverrides = {},
): NamedPackage {
  if (file === PLAIN_DOCKERFILE) {
    return readPackageFile(workspaceRoot, folder, file, overrides) as DockerfilePackage;
  }
  const name = posix.join(folder, file);
  const parsed = parseBuild(name, readFileSync(resolve(workspaceRoot, folder, file), 'utf8'));
  const { read, value } = readBuildFile(workspaceRoot, folder, file, overrides, parsed);
  return { ...read, hasContents: value.contents !== undefined };
}

/**
 * Reads what names the image of a package that is made of `contents`. Undefined for a package with a Dockerfile, and for a file
 * that is another program's. Throws SpecError for a build.yml that is not valid, and StageError.
 */
export function readContentsPackage(
  workspaceRoot: string,
  folder: string,
  file: string,
): NamedPackage | undefined {
  const parsed = contentsBuild(
    posix.join(folder, file),
    readFileSync(resolve(workspaceRoot, folder, file), 'utf8'),
  );
  if (!parsed) return undefined;
  return { ...readBuildFile(workspaceRoot, folder, file, {}, parsed).read, hasContents: true };
}

/** What gives the image of a package its name. */
export interface NamedPackage extends Omit<DockerfilePackage, 'args'> {
  /** Whether the image is made of `contents`, and not of a Dockerfile. */
  readonly hasContents?: boolean;
}

interface ReadBuild {
  readonly read: Omit<DockerfilePackage, 'args'>;
  readonly value: BuildYml & { readonly contents?: unknown };
  readonly document: BuildDocument<{ contents?: unknown }>;
}

function readBuildFile(
  workspaceRoot: string,
  folder: string,
  file: string,
  overrides: PackageOverrides,
  parsed: ParsedBuild,
): ReadBuild {
  const path = (name: string) => resolve(workspaceRoot, folder, name);
  const name = posix.join(folder, file);
  const document = parsed.check<{ contents?: unknown }>(SCHEMA);
  const value = overridden(document.value, overrides);
  const saved = savedImages(value, path('.'), document.whereKey(['depends']));
  const read = {
    ...described(value, name),
    folder,
    file,
    extraSources: extraSources(value, path('.'), name),
    ...(saved && { savedImages: saved }),
  };
  return { read, value, document };
}

/** A name that no file system can hold counts as absent. */
function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

/**
 * Parses a build.yml that describes an image which is built from a Dockerfile; undefined for any other. Throws SpecError
 * `bad-yaml` for one that is no YAML, if a Dockerfile is there.
 */
function parsedPackage(
  text: string,
  name: string,
  exists: (dockerfile: string) => boolean,
): ParsedBuild | undefined {
  try {
    const parsed = parseBuild(name, text);
    return isRecognised(parsed.check<Recognised>(RECOGNISED).value, exists) ? parsed : undefined;
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    if (error.code === 'bad-yaml' && exists(PLAIN_DOCKERFILE)) throw error;
    return undefined;
  }
}

function isRecognised(
  { image, contents, dockerfile }: Recognised,
  exists: (dockerfile: string) => boolean,
): boolean {
  return (
    typeof image === 'string' &&
    contents === undefined &&
    (dockerfile !== undefined || exists(PLAIN_DOCKERFILE))
  );
}

/** What describes an image that is made of `contents`. A file that is no YAML is not known to be ours. */
function contentsBuild(name: string, text: string): ParsedBuild | undefined {
  try {
    const parsed = parseBuild(name, text);
    const { image, contents } = parsed.check<Recognised>(RECOGNISED).value;
    const isOurs = typeof image === 'string' && typeof contents === 'object' && contents !== null;
    return isOurs ? parsed : undefined;
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return undefined;
  }
}

/** A build.yml with what a command says in its place. */
function overridden(value: BuildYml, { org, network, dockerfile }: PackageOverrides): BuildYml {
  return {
    ...value,
    ...(org !== undefined && { org }),
    ...(network !== undefined && { network }),
    ...(dockerfile !== undefined && { dockerfile }),
  };
}

type Described = Omit<DockerfilePackage, 'folder' | 'file' | 'args' | 'extraSources' | 'savedImages'>;

function described(value: BuildYml, file: string): Described {
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

function extraSources(value: BuildYml, folder: string, file: string): Record<string, string> {
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
