import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline as piped } from 'node:stream/promises';
import type { ExecutorContext } from '@nx/devkit';
import type { ExportFormat } from '@nx-linuxkit/stages/standalone';
import type { ImageNode } from '@nx-linuxkit/stages/plan';
import { openWorkspace } from '../open-workspace.js';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';

export interface ExportOptions {
  /** Set by inference: the image. */
  readonly image: ImageNode;
  /** The file to write, relative to the folder where Nx was started. */
  readonly outputFile: string;
  /** Default: `oci`. */
  readonly format?: ExportFormat;
  /** The image's name in the file. Default: none. */
  readonly name?: string;
  /** One file or folder of the image; implies `filesystem`. */
  readonly path?: string;
}

/** Writes the image of a package to a file. Nx prints lines of its own, so there is no standard output for it. */
export default async function exportExecutor(
  given: ExportOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const checked = checkOptions<ExportOptions>('export', given, context);
    const { image, outputFile, name, path } = checked;
    const { format = path === undefined ? 'oci' : 'filesystem' } = checked;
    const { Pipeline, exportImage } = await import('@nx-linuxkit/stages/standalone');
    const pipeline = new Pipeline(await openWorkspace(context));
    try {
      const bytes = exportImage(pipeline, { image, format, name, path }, console.log);
      const target = resolve(context.cwd, outputFile);
      await writeWhole(target, bytes);
      console.log(`export ${image.id}: ${outputFile}`);
    } finally {
      await pipeline.close();
    }
  });
}

/** Writes a file that gets its name when all bytes are there. */
async function writeWhole(target: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(target), { recursive: true });
    await piped(Readable.from(bytes, { objectMode: true, highWaterMark: 2 }), createWriteStream(temporary));
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}
