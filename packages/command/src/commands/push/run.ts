import { basename, resolve } from 'node:path';
import { CommandError } from '../../error.js';
import type { FlagValues } from '../../flags/values.js';
import { openCache } from '../../open-cache.js';
import { platformOf } from '../../platform.js';
import type { Surroundings } from '../../surroundings.js';

/** Uploads the files of formats. */
export async function run(values: FlagValues, given: readonly string[], around: Surroundings): Promise<void> {
  const [path, to, ...more] = given;
  if (path === undefined || to === undefined || more.length > 0) {
    throw new CommandError('bad-argument', `push oci needs a path and a reference, got ${given.length}`, {
      hint: 'Write nx-linuxkit push oci out/my-os registry.example/systems/my-os:1.0.',
    });
  }
  const formats = values.has('format') ? values.list('format') : ['kernel+initrd'];
  const prefix = resolve(around.folder, path);
  const { environment } = await openCache(values, around);
  const { pushSystem } = await import('@nx-linuxkit/stages/standalone');
  const platform = platformOf(values.text('arch'));
  const named = formats.map((format) => ({ format, prefix }));
  await pushSystem(environment, { name: basename(prefix), platform, formats: named, to }, around.log);
}
