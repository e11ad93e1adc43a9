import type { FileHandle } from 'node:fs/promises';
import { readSlice, type Image } from '../image/image.js';
import { BatchWriter, dataRuns, HOLE, writeAtomically } from './file.js';

/** The bytes themselves; holes of the image and blocks of zeros are holes in the file. */
export function writeRaw(image: Image, path: string): Promise<void> {
  return writeAtomically(path, async (file) => {
    await file.truncate(image.size);
    await writeSparse(file, image);
  });
}

/** Writes what is not zero; gaps too small for a hole are written, so that small files become large writes. */
export async function writeSparse(file: FileHandle, image: Image): Promise<void> {
  const output = new BatchWriter(file);
  let end = 0;
  for (const { offset, content } of image.extents) {
    let at = offset;
    for await (const chunk of readSlice(content)) {
      for (const [start, stop] of dataRuns(chunk)) {
        const gap = at + start - end;
        if (gap > 0 && gap < HOLE) await output.write(Buffer.alloc(gap), end);
        await output.write(chunk.subarray(start, stop), at + start);
        end = at + stop;
      }
      at += chunk.length;
    }
  }
  await output.flush();
}
