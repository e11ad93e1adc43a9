import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { findPlatform, push, unpush } from '@nx-linuxkit/clouds';
import { findFormat } from '@nx-linuxkit/formats';
import type { Run } from '../../../definition.js';
import { CommandError } from '../../../error.js';
import type { FlagValues } from '../../../flags/values.js';
import { architectureOf } from '../../../platform.js';
import type { Surroundings } from '../../../surroundings.js';

/** Uploads a disk to a platform. */
export function pushTo(platform: string): Run {
  return async (values, given, around) => {
    const path = onlyOne(given, `push ${platform}`, 'PATH, such as out/my-os');
    const { file, format, system } = diskAt(platform, resolve(around.folder, path), values.text('format'));
    const result = await push({
      ...common(platform, values, around),
      system: values.text('img-name') ?? system,
      format,
      file,
      architecture: architectureOf(values.text('arch')) as 'amd64' | 'arm64',
      state: join(
        around.env.XDG_CACHE_HOME || join(around.env.HOME || homedir(), '.cache'),
        'nx-linuxkit/push',
      ),
      dryRun: values.on('dry-run'),
      keepLast: values.number('keep-last'),
    });
    if (!result) return;
    const text = `${JSON.stringify(result, null, 2)}\n`;
    const to = values.text('result');
    if (to === undefined) around.stdout.write(text);
    else await writeFile(resolve(around.folder, to), text);
  };
}

/** Removes the images of a system from a platform. */
export function unpushFrom(platform: string): Run {
  return async (values, given, around) => {
    const system = onlyOne(given, `unpush ${platform}`, 'the name of a SYSTEM');
    await unpush({ ...common(platform, values, around), system, keepLast: values.number('keep-last') });
  };
}

function common(platform: string, values: FlagValues, { env, log }: Surroundings) {
  const named = findPlatform(platform).options.filter(({ name }) => values.has(name));
  const options = Object.fromEntries(named.map(({ name }) => [name, values.text(name) ?? '']));
  return { platform, options, env, log };
}

function onlyOne(given: readonly string[], command: string, what: string): string {
  if (given.length === 1) return given[0];
  throw new CommandError('bad-argument', `${command} needs one argument, got ${given.length}`, {
    hint: `Write nx-linuxkit ${command} with ${what}.`,
  });
}

/** The disk at a path: the file itself, or what a build has made whose --dir and --name are the path. */
function diskAt(platform: string, path: string, named: string | undefined) {
  const { formats } = findPlatform(platform);
  const candidates = (named === undefined ? formats : [named]).map((format) => ({
    format,
    suffix: findFormat(format)?.files.image ?? '',
  }));
  const made = candidates.find(({ suffix }) => suffix !== '' && existsSync(path + suffix));
  if (made) return { format: made.format, file: path + made.suffix, system: basename(path) };
  const own =
    candidates.find(({ suffix }) => suffix !== '' && path.endsWith(suffix)) ??
    (named ? candidates[0] : undefined);
  if (own && existsSync(path)) {
    return { format: own.format, file: path, system: basename(path, own.suffix) };
  }
  throw new CommandError('bad-argument', `nothing to push at ${path}: no file of ${formats.join(', ')}`, {
    hint: 'Build one of these formats first, and name the --dir and --name of the build, or the file.',
  });
}
