import { basename, join } from 'node:path';
import { referenceOfUrl } from '@nx-linuxkit/oci';
import { parseAssignments } from '@nx-linuxkit/spec';
import type { StandaloneBuild } from '@nx-linuxkit/stages/standalone';
import type { FlagValues } from '../../flags/values.js';
import type { Surroundings } from '../../surroundings.js';
import { CommandError } from '../../error.js';
import { openCache } from '../../open-cache.js';
import { platformOf } from '../../platform.js';
import { convert } from './convert.js';
import { outputPlace } from './output-place.js';
import { readInput } from './read-input.js';
import { checkFormats, singleFileOf } from './same-file.js';
import { sizeOf } from './size.js';
import { withOutput } from './with-output.js';

/** LinuxKit's name for a system that comes from standard input. */
const NAMELESS = 'moby';

/** Builds the system. */
export async function run(values: FlagValues, files: readonly string[], around: Surroundings): Promise<void> {
  checkFiles(files);
  const [system] = files.flatMap((file) => referenceOfUrl(file) ?? []);
  if (system !== undefined) return convert(system, values, files, around);
  const { buildStandalone, mergedYaml, sbomPath } = await import('@nx-linuxkit/stages/standalone');
  const { environment, layouts } = await openCache(values, around, settingsOf(values, sbomPath));
  const input = files.includes('-') ? await readInput(around.stdin) : undefined;
  const set = parseAssignments(values.list('set'));
  const read = { files, input, packagesFrom: __filename, variant: values.text('variant'), set };
  if (values.on('dry-run')) return void around.stdout.write(mergedYaml(environment, read));

  sayWhatIsMissing(values, around);
  const request = { ...read, ...requestOf(values, files, around), layouts };
  checkFormats(request.formats ?? [], request.name);
  const output = values.text('o');
  if (output === undefined) return void (await buildStandalone(environment, request, around.log));
  const format = singleFileOf(request.formats ?? ['tar'], request.name);
  await withOutput(environment, output, around, async (folder) => {
    const place = output === '-' ? 'standard output' : output;
    const log = (line: string) => around.log(line.replaceAll(join(folder, format.file), place));
    await buildStandalone(environment, { ...request, folder, formats: [format.name] }, log);
    return format.file;
  });
}

function checkFiles(files: readonly string[]): void {
  if (files.length === 0) {
    throw new CommandError('bad-argument', 'build needs the path of a YAML file', {
      hint: 'Write nx-linuxkit build FILE.yml, or - for standard input.',
    });
  }
  const url = files.find((file) => /^https?:\/\//i.test(file));
  if (url === undefined) return;
  throw new CommandError(
    'bad-argument',
    `build reads no URL: ${url} may hold something else at the next build`,
    {
      hint: `Keep the file with its lock, or run \`curl -fsSL ${url} | nx-linuxkit build -\`.`,
    },
  );
}

type SbomPath = (given: string) => string | undefined;

function settingsOf(values: FlagValues, sbomPath: SbomPath) {
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

function requestOf(
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

function sayWhatIsMissing(values: FlagValues, { log }: Surroundings): void {
  if (values.has('input-tar')) log('--input-tar is not needed: the cache has what an earlier build made');
}
