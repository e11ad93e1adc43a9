import type { FileHandle } from 'node:fs/promises';
import { readSlice, type Image } from '../image/image.js';
import { dataRuns, writeAtomically, writeFully } from './file.js';

/** The bytes themselves; holes of the image and blocks of zeros are holes in the file. */
export function writeRaw(image: Image, path: string): Promise<void> {
  return writeAtomically(path, async (file) => {
    await file.truncate(image.size);
    await writeSparse(file, image);
  });
}

/** Writes what is not zero; one write is under way while the next chunk is read. */
export async function writeSparse(file: FileHandle, image: Image): Promise<void> {
  let writing: Promise<void> = Promise.resolve();
  for (const { offset, content } of image.extents) {
    let at = offset;
    for await (const chunk of readSlice(content)) {
      await writing;
      writing = writeData(file, chunk, at);
      // Awaited above or below; a rejection meanwhile must not end the process.
      writing.catch(() => undefined);
      at += chunk.length;
    }
  }
  await writing;
}

async function writeData(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (const [start, end] of dataRuns(chunk)) {
    await writeFully(file, chunk.subarray(start, end), position + start);
  }
}
