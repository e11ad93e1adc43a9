import { rm } from 'node:fs/promises';
import { replaceFile } from '@nx-linuxkit/oci';
import { explainWriteError } from '../replace-folder.js';

/** Writes a file as a whole. An empty text removes it. */
export async function writeOrRemove(path: string, text: string): Promise<void> {
  try {
    await (text === '' ? rm(path, { force: true }) : replaceFile(path, text));
  } catch (error) {
    throw explainWriteError(error, path);
  }
}
