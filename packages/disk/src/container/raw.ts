import { type Image } from '../image/image.js';
import { writeAtomically } from './file.js';
import { SparseWriter, writeBlocks } from './sparse.js';

/** The bytes themselves; holes of the image and blocks of zeros are holes in the file. */
export function writeRaw(image: Image, path: string): Promise<void> {
  return writeAtomically(path, async (file) => {
    await file.truncate(image.size);
    await writeBlocks(new SparseWriter(file), image, Math.max(1, image.size), () => 0);
  });
}
