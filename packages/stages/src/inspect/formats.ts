import { stat } from 'node:fs/promises';
import { fileNames, formats, supportsPlatform, type Format } from '@nx-linuxkit/formats';
import type { InspectedFormat } from '@nx-linuxkit/inspect';
import { outputPathIn, type Environment } from '../environment.js';
import { fileNameOf } from '../plan/project-name.js';
import type { OsPlan } from '../plan/os-plan.js';
import { startCommands } from './start.js';

/** The formats that this platform has: the ones that `build` makes in its order, then the others. */
export function formatsOf(environment: Environment, plan: OsPlan): Promise<InspectedFormat[]> {
  const possible = formats.filter((format) => supportsPlatform(format, plan.platform));
  const built = plan.outputs.flatMap((name) => possible.filter((format) => format.name === name));
  const others = possible.filter((format) => !built.includes(format));
  return Promise.all(
    [...built, ...others].map(async (format) => ({
      ...{ name: format.name, description: format.description, isBuilt: built.includes(format) },
      files: await filesOf(environment, plan, format),
      start: startCommands(format, plan),
    })),
  );
}

/** The files of a format that are there. */
async function filesOf(
  environment: Environment,
  { name, dist, flat }: OsPlan,
  format: Format,
): Promise<InspectedFormat['files']> {
  const folder = outputPathIn(environment, dist, ...(flat ? [] : [format.name]));
  const found = await Promise.all(
    fileNames(format, fileNameOf(name)).map(async (file) => {
      const entry = await stat(`${folder}/${file}`).catch(() => undefined);
      return entry?.isFile() ? [{ name: file, size: entry.size }] : [];
    }),
  );
  return found.flat();
}
