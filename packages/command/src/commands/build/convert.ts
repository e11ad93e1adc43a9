import { CommandError } from '../../error.js';
import type { FlagValues } from '../../flags/values.js';
import { openCache } from '../../open-cache.js';
import { platformOf } from '../../platform.js';
import type { Surroundings } from '../../surroundings.js';
import { outputPlace } from './output-place.js';
import { checkFormats, singleFileOf } from './same-file.js';
import { sizeOf } from './size.js';
import { withOutput } from './with-output.js';

/** Flags about the YAML and its images, of which nothing is left in a system that was pushed. */
const ABOUT_YAML = [
  ...['set', 'variant', 'docker', 'pull', 'dry-run', 'no-sbom', 'sbom-output', 'sbom-current-time'],
  'input-tar',
];

/** Makes formats of a system that was pushed. */
export async function convert(
  reference: string,
  values: FlagValues,
  files: readonly string[],
  around: Surroundings,
): Promise<void> {
  check(values, files);
  const { convertSystem, systemName } = await import('@nx-linuxkit/stages/standalone');
  const settings = { decompressKernel: values.on('decompress-kernel') };
  const { environment } = await openCache(values, around, settings);
  const formats = [...new Set(values.list('format'))];
  const request = {
    reference,
    formats,
    packagesFrom: __filename,
    size: sizeOf(values),
    ...outputPlace(values, systemName(reference), around.folder),
    platform: values.has('arch') ? platformOf(values.text('arch')) : undefined,
  };
  const output = values.text('o');
  if (output === undefined) {
    checkFormats(formats, request.name);
    return convertSystem(environment, request, around.log);
  }
  const { file } = singleFileOf(formats, request.name);
  await withOutput(environment, output, around, async (folder) => {
    await convertSystem(environment, { ...request, folder }, around.log);
    return file;
  });
}

function check(values: FlagValues, files: readonly string[]): void {
  if (files.length > 1) {
    throw new CommandError('bad-argument', 'a system of a registry is converted alone, got further files', {
      hint: 'Write nx-linuxkit build --format NAME oci://REFERENCE.',
    });
  }
  const needless = ABOUT_YAML.find((name) => values.has(name));
  if (needless !== undefined) {
    throw new CommandError(
      'bad-flag',
      `--${needless} is about YAML files, and ${files.join(' ')} is a system`,
      {
        hint: `Leave --${needless} out.`,
      },
    );
  }
  if (values.has('format')) return;
  throw new CommandError('bad-argument', 'which format is made of the system is not said', {
    hint: 'Write nx-linuxkit build --format NAME oci://REFERENCE, such as --format raw-efi.',
  });
}
