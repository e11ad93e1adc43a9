import { rename, rm, writeFile } from 'node:fs/promises';
import { explainWriteError } from '../replace-folder.js';

/** Renames the file into place, so that no reader sees half of it. An empty text removes it. */
export async function replaceFile(path: string, text: string): Promise<void> {
  if (text === '') return rm(path, { force: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    throw explainWriteError(error, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
