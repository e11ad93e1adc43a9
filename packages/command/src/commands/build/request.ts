import { basename } from 'node:path';
import { parseAssignments } from '@nx-linuxkit/spec';
import type { StandaloneBuild, StandaloneFiles } from '@nx-linuxkit/stages/standalone';
import { CommandError } from '../../error.js';
import type { FlagValues } from '../../flags/values.js';
import { platformOf } from '../../platform.js';
import type { Surroundings } from '../../surroundings.js';
import { outputPlace } from './output-place.js';
import { readInput } from './read-input.js';
import { sizeOf } from './size.js';

/** LinuxKit's name for a system that comes from standard input. */
const NAMELESS = 'moby';

/** The files of a system, with the text of standard input. */
export async function filesOf(
  values: FlagValues,
  files: readonly string[],
  { stdin }: Surroundings,
): Promise<StandaloneFiles> {
  const input = files.includes('-') ? await readInput(stdin) : undefined;
  const set = parseAssignments(values.list('set'));
  return { files, input, packagesFrom: __filename, variant: values.text('variant'), set };
}

/** Throws CommandError `bad-argument` where no file is named, or a URL is. `command` is what the person has called. */
export function checkFiles(files: readonly string[], command: string): void {
  if (files.length === 0) {
    throw new CommandError('bad-argument', `${command} needs the path of a YAML file`, {
      hint: `Write nx-linuxkit ${command} FILE.yml, or - for standard input.`,
    });
  }
  const url = files.find((file) => /^https?:\/\//i.test(file));
  if (url === undefined) return;
  throw new CommandError(
    'bad-argument',
    `${command} reads no URL: ${url} may hold something else at the next build`,
    {
      hint: `Keep the file with its lock, or run \`curl -fsSL ${url} | nx-linuxkit ${command} -\`.`,
    },
  );
}

type SbomPath = (given: string) => string | undefined;

/** The settings of a build by its flags. */
export function settingsOf(values: FlagValues, sbomPath: SbomPath) {
  return {
    docker: values.on('docker'),
    decompressKernel: values.on('decompress-kernel'),
    sbom: values.on('no-sbom') ? false : sbomAt(values.text('sbom-output'), sbomPath),
  };
}

/** Where the root has its bill of materials. LinuxKit writes one unless it is told not to. */
function sbomAt(path: string | undefined, sbomPath: SbomPath): true | string {
  if (path === undefined) return true;
  if (sbomPath(path) !== undefined) return path;
  throw new CommandError(
    'bad-flag',
    `--sbom-output: expected the path of a file in the root file system, got ${JSON.stringify(path)}`,
    { hint: 'Write a path such as sbom.spdx.json, or --no-sbom for none.' },
  );
}

/** What to build, beside its files. */
export function requestOf(
  values: FlagValues,
  files: readonly string[],
  { folder }: Surroundings,
): Omit<StandaloneBuild, 'files' | 'input' | 'packagesFrom'> {
  return {
    ...outputPlace(values, nameOf(files[files.length - 1]), folder),
    platform: platformOf(values.text('arch')),
    formats: values.has('format') ? [...new Set(values.list('format'))] : undefined,
    size: sizeOf(values),
    pull: values.on('pull'),
    ...(values.on('sbom-current-time') && { sbomTime: new Date().toISOString() }),
  };
}

/** The last file's name, without its last extension, as LinuxKit has it. */
function nameOf(file: string): string {
  return file === '-' ? NAMELESS : basename(file).replace(/(?<=.)\.[^.]*$/, '');
}
