import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileNames, supportsPlatform, type Format } from '@nx-linuxkit/formats';
import type { Context, MakingContext } from '../context.js';
import { StageError } from '../error.js';
import { bytes, duration } from '../format-quantity.js';
import type { Initramfs } from '../initramfs/initramfs.js';
import { knownFormat } from '../plan/known-format.js';
import type { OsPlan } from '../plan/os-plan.js';
import { fileNameOf } from '../plan/project-name.js';
import { hasSecrets } from '../plan/secrets.js';
import { addToFolder, replaceFolder } from '../replace-folder.js';
import { DamagedSegment } from './initrd/index.js';
import { loadMaker } from './makers/index.js';
import type { MakeFormat, PathOf } from './makers/maker.js';
import { openSystem, type SystemInput } from './system.js';

/** What a format is made of. */
export interface FormatInput extends Omit<SystemInput, 'initramfs'> {
  /** Made or found when it is asked for. */
  readonly initramfs: () => Promise<Initramfs>;
  /** Removes damaged segments, so that the next `initramfs` makes them again. */
  readonly discardSegments: () => Promise<void>;
}

/** A segment that is damaged after so many attempts lies on a bad disk, or its stage is at fault. */
const ATTEMPTS = 4;

interface WrittenFile {
  readonly name: string;
  /** bytes */
  readonly size: number;
}

/**
 * Makes one format into its own folder below `dist`, which it replaces as a whole, or, for a flat plan, into `dist` itself,
 * where other files stay. It has no seal: its files are for
 * people, and Nx caches them. Throws StageError `unknown-format` and `unsupported`, and what the format refuses, with
 * the place in the YAML.
 */
export async function makeFormat(input: FormatInput, name: string, context: Context): Promise<void> {
  const { plan } = input;
  const format = formatFor(plan, name);
  const started = performance.now();
  const folder = plan.flat ? plan.dist : join(plan.dist, name);
  const make = await loadMaker(format);
  const write = () =>
    context.progress.during(`${name} ${plan.name}`, (activity) =>
      writeFormat(input, format, make, context.outputPath(folder), { ...context, activity }),
    );
  const files = await healing(write, async () => {
    context.log(`${plan.name}: a segment is missing or damaged, making it again`);
    await input.discardSegments();
  }).catch(async (error: unknown) => {
    // Loaded here, because it loads every disk format to know their errors.
    const { located } = await import('./locate.js');
    throw located(error, plan, name);
  });
  context.made({
    stage: 'format',
    folder,
    format: name,
    because: 'asked',
    milliseconds: performance.now() - started,
  });
  const list = files.map((file) => `${join(folder, file.name)} (${bytes(file.size)})`).join(', ');
  context.log(`${name} ${plan.name}: ${list}, ${duration(started)}`);
}

function formatFor({ file, platform }: OsPlan, name: string): Format {
  const format = knownFormat(name);
  if (!supportsPlatform(format, platform)) {
    throw new StageError(
      'unsupported',
      `the format ${name} is for ${format.architectures?.join(' and ')}, this system for ${platform}`,
      { where: { file } },
    );
  }
  return format;
}

async function writeFormat(
  input: FormatInput,
  format: Format,
  make: MakeFormat,
  folder: string,
  context: MakingContext,
): Promise<WrittenFile[]> {
  const initramfs = await input.initramfs();
  const system = openSystem({ ...input, initramfs }, format.name, context);
  const fill = async (temporary: string) => {
    context.activity.grows(temporary);
    await make(system, pathsIn(temporary, format, input.plan));
    const names = (await readdir(temporary)).sort();
    return Promise.all(names.map(async (name) => ({ name, size: (await stat(join(temporary, name))).size })));
  };
  const secret = hasSecrets(input.plan.os);
  if (!input.plan.flat) return replaceFolder(folder, fill, { large: true, secret });
  return addToFolder(folder, `${fileNameOf(input.plan.name)}-${format.name}`, fill, { secret });
}

/**
 * Writes, and makes damaged segments again before another attempt. A build of the same workspace that runs at the same
 * time replaces segments too, so that one attempt may not be enough.
 */
async function healing<T>(write: () => Promise<T>, heal: () => Promise<void>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof DamagedSegment) || attempt === ATTEMPTS) throw error;
      await heal();
    }
  }
}

/** The paths of a format's files in a folder. */
export function pathsIn(folder: string, format: Format, { name }: Pick<OsPlan, 'name'>): PathOf {
  const names = fileNames(format, fileNameOf(name));
  const roles = Object.keys(format.files);
  return (role) => {
    const index = roles.indexOf(role);
    if (index < 0) throw new Error(`the format ${format.name} has no file for ${role}`);
    return join(folder, names[index]);
  };
}
