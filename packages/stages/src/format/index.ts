import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileNames, supportsPlatform, type Format } from '@nx-linuxkit/formats';
import type { Context } from '../context.js';
import { StageError } from '../error.js';
import { bytes, duration } from '../format-quantity.js';
import type { Initramfs } from '../initramfs/initramfs.js';
import { knownFormat } from '../plan/known-format.js';
import type { OsPlan } from '../plan/os-plan.js';
import { fileNameOf } from '../plan/project-name.js';
import { hasSecrets } from '../plan/secrets.js';
import { addToFolder, replaceFolder } from '../replace-folder.js';
import { openBootFiles, type BootFilesInput } from './boot-files.js';
import { healing } from './healing.js';
import { loadMaker } from './makers/index.js';
import type { PathOf } from './makers/maker.js';
import { unsignedWarning } from './secure-boot/unsigned.js';
import { openSystem, type System, type SystemInput } from './system.js';

/** What a format is made of. */
export interface FormatInput extends Omit<SystemInput, 'initramfs'> {
  /** Made or found when it is asked for. */
  readonly initramfs: () => Promise<Initramfs>;
  /** Removes damaged segments, so that the next `initramfs` makes them again. */
  readonly discardSegments: () => Promise<void>;
}

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
  const open = async () => {
    const system = openSystem({ ...input, initramfs: await input.initramfs() }, name, context);
    if (system.options.root !== 'erofs') return system;
    return (await import('./erofs-root/initrd.js')).withErofsRoot(system, context);
  };
  const heal = async () => {
    context.log(`${plan.name}: a segment is missing or damaged, making it again`);
    await input.discardSegments();
  };
  await writeFormat({ plan, name, open, heal }, context);
}

/**
 * Makes one format of a system that was made elsewhere. Throws what `makeFormat` throws, and StageError `unsupported` for a
 * format that needs the root file system.
 */
export async function convertFormat(input: BootFilesInput, name: string, context: Context): Promise<void> {
  const { plan } = input;
  await writeFormat({ plan, name, open: () => openBootFiles(input, name, context) }, context);
}

/** A format to write, and where its system comes from. */
interface FormatToWrite {
  readonly plan: OsPlan;
  readonly name: string;
  readonly open: () => Promise<System>;
  /** Makes damaged segments again. Absent for a system without segments. */
  readonly heal?: () => Promise<void>;
}

async function writeFormat({ plan, name, open, heal }: FormatToWrite, context: Context): Promise<void> {
  const format = formatFor(plan, name);
  const warning = unsignedWarning(plan, format);
  if (warning !== undefined) context.log(warning);
  const started = performance.now();
  const folder = plan.flat ? plan.dist : join(plan.dist, name);
  const make = await loadMaker(format);
  const write = () =>
    context.progress.during(`${name} ${plan.name}`, async (activity) => {
      const system = await open();
      return writeFiles(plan, format, context.outputPath(folder), async (temporary) => {
        activity.grows(temporary);
        await make(system, pathsIn(temporary, format, plan));
      });
    });
  const files = await healing(write, heal).catch(async (error: unknown) => {
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

async function writeFiles(
  plan: OsPlan,
  format: Format,
  folder: string,
  make: (temporary: string) => Promise<void>,
): Promise<WrittenFile[]> {
  const fill = async (temporary: string) => {
    await make(temporary);
    const names = (await readdir(temporary)).sort();
    return Promise.all(names.map(async (name) => ({ name, size: (await stat(join(temporary, name))).size })));
  };
  const secret = hasSecrets(plan.os);
  if (!plan.flat) return replaceFolder(folder, fill, { large: true, secret });
  return addToFolder(folder, `${fileNameOf(plan.name)}-${format.name}`, fill, { secret });
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
