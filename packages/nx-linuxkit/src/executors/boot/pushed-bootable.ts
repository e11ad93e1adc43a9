import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { mediumOf, type Architecture } from '@nx-linuxkit/machine';
import { knownFormat } from '@nx-linuxkit/stages/plan';
import { openWorkspace } from '../open-workspace.js';
import { pushedFolder, pushedSystem } from '../pushed-system.js';
import { stateOf, type Bootable } from './bootable.js';
import { bootableFormats, cannotBoot } from './bootable-formats.js';

/**
 * Fetches a format of a system that was pushed: the one that is named, else the first of the table that the system has and
 * QEMU boots. Throws MachineError for a format that no machine boots, StageError and OciError.
 */
export async function pushedBootable(
  url: string,
  format: string | undefined,
  context: ExecutorContext,
): Promise<Bootable> {
  if (format !== undefined && !bootableFormats.includes(knownFormat(format).name)) throw cannotBoot(format);
  const { pullSystem } = await import('@nx-linuxkit/stages/standalone');
  const system = await pushedSystem(url, context);
  const { reference } = system;
  const place = { project: context.projectName ?? 'system', folder: pushedFolder(system) };
  const folder = join(stateOf(place, context), 'system');
  const pull = { reference, format, preferred: bootableFormats, folder };
  const pulled = await pullSystem(await openWorkspace(context), pull, console.log);
  const medium = mediumOf(pulled.format, pulled.prefix);
  if (!medium) throw cannotBoot(pulled.format);
  return {
    ...place,
    name: reference,
    target: { medium, arch: pulled.platform.split('/')[1] as Architecture },
  };
}
