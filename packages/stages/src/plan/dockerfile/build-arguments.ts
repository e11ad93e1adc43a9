import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join, posix, resolve } from 'node:path';
import { readBuild, type JsonSchema } from '@nx-linuxkit/spec';
import { StageError } from '../../error.js';
import { DEFAULT_ORGANISATION } from './organisation.js';

/** What names a package by its folder. Source: LinuxKit, src/cmd/linuxkit/pkglib/buildarg.go. */
export const PACKAGE_ARGUMENT = '@lkt:pkg:';
/** What names all packages whose folders match a pattern. */
const PACKAGES_ARGUMENT = '@lkt:pkgs:';
/** Stands for the image of each package in the name of an argument. */
const STEM = '%';

/**
 * The build arguments of lines `NAME=value`. `folder` is the absolute path from which `@lkt:pkg:` starts, and `file` names the
 * lines in errors. With `isAbsolute` the result names packages by absolute paths. `X_%=@lkt:pkgs:../*` gives one argument for each package: `X_LINUXKIT_BASE=@lkt:pkg:../base`. Throws
 * StageError.
 */
export function buildArguments(
  lines: readonly string[],
  folder: string,
  file: string,
  { isAbsolute = false } = {},
): Record<string, string> {
  const named = (value: string): string =>
    isAbsolute && value.startsWith(PACKAGE_ARGUMENT)
      ? PACKAGE_ARGUMENT + resolve(folder, value.slice(PACKAGE_ARGUMENT.length))
      : value;
  const read = lines.flatMap((line) => argumentsOf(line, folder, file));
  return Object.fromEntries(read.map(([name, value]) => [name, named(value)]));
}

function argumentsOf(line: string, folder: string, file: string): [name: string, value: string][] {
  const [name, value] = splitArgument(line, file);
  if (value.startsWith(PACKAGES_ARGUMENT)) {
    return packagesArguments(name, value.slice(PACKAGES_ARGUMENT.length), folder, file);
  }
  if (!value.startsWith('@lkt:') || value.startsWith(PACKAGE_ARGUMENT)) return [[name, value]];
  throw wrong(`expected ${PACKAGE_ARGUMENT}FOLDER or ${PACKAGES_ARGUMENT}PATTERN, got ${value}`, file);
}

function splitArgument(line: string, file: string): [name: string, value: string] {
  const equals = line.indexOf('=');
  if (equals > 0 && !line.includes('\0'))
    return [line.slice(0, equals).trim(), line.slice(equals + 1).trim()];
  throw wrong(`expected NAME=value, got ${JSON.stringify(line)}`, file);
}

function packagesArguments(
  name: string,
  pattern: string,
  folder: string,
  file: string,
): [name: string, value: string][] {
  if (!name.includes(STEM)) {
    throw wrong(`expected a name with ${STEM} for ${PACKAGES_ARGUMENT}, got ${JSON.stringify(name)}`, file);
  }
  const found = foldersOf(pattern, folder);
  if (found.length === 0) throw wrong(`${PACKAGES_ARGUMENT}${pattern} matches no folder`, file);
  return found.map((place) => {
    const image = imageOf(resolve(folder, place), place, file);
    const word = image.replace(/[/-]/g, '_').toUpperCase();
    return [name.replaceAll(STEM, word), `${PACKAGE_ARGUMENT}${place}`];
  });
}

/** The folders, relative to a folder, that a pattern matches: `*` and `?` stand in any of its parts. */
function foldersOf(pattern: string, folder: string): string[] {
  const [first, ...rest] = pattern.split('/');
  return rest
    .reduce((found, part) => found.flatMap((place) => within(place, part, folder)), within('', first, folder))
    .filter((place) => !basename(place).startsWith('.'));
}

function within(above: string, part: string, folder: string): string[] {
  const at = (name: string) => (above === '' ? name : above === '/' ? `/${name}` : `${above}/${name}`);
  if (part === '' && above === '') return ['/'];
  if (!/[*?]/.test(part)) return existsSync(resolve(folder, at(part))) ? [posix.normalize(at(part))] : [];
  const matches = new RegExp(
    `^${part
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.')}$`,
  );
  return readdirSync(resolve(folder, above || '.'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && matches.test(entry.name))
    .map(({ name }) => at(name))
    .sort();
}

const NAMES: JsonSchema = {
  type: 'object',
  properties: { image: { type: 'string' }, org: { type: 'string' } },
  required: ['image'],
};

function imageOf(folder: string, place: string, file: string): string {
  const path = join(folder, 'build.yml');
  if (!existsSync(path)) {
    throw wrong(`${place} has no build.yml, and ${PACKAGES_ARGUMENT} matches it`, file);
  }
  const { image, org = DEFAULT_ORGANISATION } = readBuild<{ image: string; org?: string }>(
    posix.join(posix.dirname(file), place, 'build.yml'),
    readFileSync(path, 'utf8'),
    NAMES,
  ).value;
  return `${org}/${image}`;
}

function wrong(message: string, file: string): StageError {
  return new StageError('unsupported', `buildArgs: ${message}`, { where: { file } });
}
