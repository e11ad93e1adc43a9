import { gather } from '@nx-linuxkit/tree';
import { type Image } from '../image/image.js';
import { writeAtomically } from './file.js';
import { writeImage } from './sparse.js';

/** The bytes themselves; holes of the image and blocks of zeros are holes in the file. */
export function writeRaw(image: Image, path: string): Promise<void> {
  return writeAtomically(path, async (file) => {
    await file.truncate(image.size);
    await gather(file, (output) => writeImage(output, image));
  });
}
