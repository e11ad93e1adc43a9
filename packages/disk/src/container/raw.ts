import { gather } from '@nx-linuxkit/tree';
import type { Image } from '../image/image.js';
import { writeAtomically } from './file.js';
import { writeImage } from './sparse.js';

/** Writes the disk's bytes as they are. Holes of the image and blocks of zeros become holes of the file. */
export function writeRaw(image: Image, path: string): Promise<void> {
  return writeAtomically(path, async (file) => {
    await file.truncate(image.size);
    await gather(file, (output) => writeImage(output, image));
  });
}
