import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join, posix, resolve } from 'node:path';
import {
  extendBuildSchema,
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
import { checkExtraSources, described, extraSources, overridden } from './build-keys.js';
import { DEFAULT_FILE, PLAIN_DOCKERFILE, type DockerfilePackage } from './dockerfile-package.js';
import type { PackageOverrides } from './package-overrides.js';
import { savedImages } from './saved-images.js';

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
  checkExtraSources(read, document);
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
