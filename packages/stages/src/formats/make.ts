import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../environment.js';
import { StageError } from '../error.js';
import { bytes, duration } from '../format-quantity.js';
import { replaceFolder } from '../replace-folder.js';
import type { Pipeline } from '../pipeline.js';
import { supports } from '../plan/format-plan.js';
import type { OsPlan } from '../plan/os-plan.js';
import { formatNames, formats } from './catalog.js';
import { DamagedSegment } from './initrd/index.js';
import { openSystem } from './system.js';

/** Makes one format into its own folder below `dist`, which it replaces as a whole. */
export async function makeFormat(pipeline: Pipeline, plan: OsPlan, name: string, log: Log): Promise<void> {
  const format = formats.find((candidate) => candidate.name === name);
  if (!format) {
    throw new StageError('unknown-format', `no format ${name}; known: ${formatNames.join(', ')}`);
  }
  if (!supports(format.architectures, plan.platform)) {
    throw new StageError(
      'unsupported',
      `the format ${name} is for ${format.architectures?.join(' and ')}, this system for ${plan.platform}`,
      { where: { file: plan.file } },
    );
  }
  const started = performance.now();
  const folder = join(plan.dist, name);
  const make = await format.load();
  const write = async () => {
    const system = await openSystem(pipeline, plan, name, log);
    const fill = async (temporary: string) => {
      await make(system, temporary);
      const names = (await readdir(temporary)).sort();
      return Promise.all(
        names.map(async (file) => ({ file, size: (await stat(join(temporary, file))).size })),
      );
    };
    return replaceFolder(pipeline.path(folder), fill, { large: true });
  };
  const files = await write()
    .catch(async (error: unknown) => {
      if (!(await repair(pipeline, plan, error, log))) throw error;
      return write();
    })
    .catch(async (error: unknown) => {
      // It loads every disk format to know their errors.
      const { located } = await import('./locate.js');
      throw located(error, plan, name);
    });
  const list = files.map(({ file, size }) => `${join(folder, file)} (${bytes(size)})`).join(', ');
  log(`${name} ${plan.name}: ${list}, ${duration(started)}`);
}

/** Has a segment made again that was deleted or damaged after its stage made it. */
async function repair(pipeline: Pipeline, plan: OsPlan, error: unknown, log: Log): Promise<boolean> {
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  if (!(error instanceof DamagedSegment) && !missing) return false;
  log(`${plan.name}: a segment is missing or damaged, making it again`);
  await pipeline.discardSegments(plan);
  return true;
}
