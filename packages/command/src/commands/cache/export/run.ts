import { formatPlatform, formatReference, parsePlatform, parseReference } from '@nx-linuxkit/oci';
import { Pipeline, exportImage, imageByName, type ExportFormat } from '@nx-linuxkit/stages/standalone';
import { CommandError } from '../../../error.js';
import type { FlagValues } from '../../../flags/values.js';
import { openCache } from '../../../open-cache.js';
import { platformOf } from '../../../platform.js';
import type { Surroundings } from '../../../surroundings.js';
import { writeOutput } from '../../../write-output.js';

/** Exports one image. */
export async function run(values: FlagValues, given: readonly string[], around: Surroundings): Promise<void> {
  const [reference, ...more] = given;
  const output = values.text('outfile');
  if (reference === undefined || more.length > 0 || output === undefined) {
    throw new CommandError('bad-argument', 'cache export needs one image and --outfile', {
      hint: 'Write nx-linuxkit cache export --outfile FILE IMAGE, or --outfile - for standard output.',
    });
  }
  const path = values.text('path');
  const format = formatOf(values, path);
  const platform = formatPlatform(parsePlatform(values.text('platform') ?? platformOf(undefined)));
  const { environment, layouts } = await openCache(values, around);
  const image = await imageByName(environment, reference, { platform, layouts }, around.log);
  const pipeline = new Pipeline(environment);
  try {
    const name = values.text('name') ?? tagged(reference);
    await writeOutput(output, exportImage(pipeline, { image, format, name, path }, around.log), around);
  } finally {
    await pipeline.close();
  }
}

function formatOf(values: FlagValues, path: string | undefined): ExportFormat {
  const format = values.text('format') as ExportFormat | undefined;
  if (path === undefined) return format ?? 'oci';
  if (format === undefined || format === 'filesystem') return 'filesystem';
  throw new CommandError('bad-flag', `--path is for --format filesystem, got ${format}`);
}

/** A name with a tag, as `docker load` wants it; undefined for an image that has no tag. */
function tagged(reference: string): string | undefined {
  const parsed = parseReference(reference);
  return parsed.transport === 'registry' && parsed.tag
    ? formatReference({ ...parsed, digest: undefined })
    : undefined;
}
