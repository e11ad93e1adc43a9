import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { makeStateFolder } from '@nx-linuxkit/machine';
import { OptionError } from '../options/error.js';
import { writeWhole } from '../write-whole.js';

/** User data for a guest, as options say it. */
export interface UserData {
  /** The text itself. */
  readonly data?: string;
  /** A file of the workspace that holds it. */
  readonly dataFile?: string;
  /** Default: `cidata`. */
  readonly dataDisk?: 'cidata' | 'config-2' | 'config';
}

/** The text of the user data; undefined without any. Throws OptionError. */
export async function userDataText(
  { data, dataFile }: UserData,
  { root }: Pick<ExecutorContext, 'root'>,
): Promise<string | undefined> {
  if (dataFile === undefined) return data;
  if (data !== undefined) {
    throw new OptionError('bad-option', 'options data and dataFile: both say what the user data is', {
      hint: 'Leave one of them out.',
    });
  }
  const path = resolve(root, dataFile);
  return readFile(path, 'utf8').catch((cause) => {
    throw new OptionError('bad-option', `option dataFile: cannot read ${path}`, {
      hint: 'Name a file of the workspace.',
      cause,
    });
  });
}

/** Writes the disk with the user data of a machine, and gives its path; undefined without user data. */
export async function userDataDisk(
  given: UserData,
  { name, state }: { readonly name: string; readonly state: string },
  context: Pick<ExecutorContext, 'root'>,
): Promise<string | undefined> {
  const text = await userDataText(given, context);
  if (text === undefined) return undefined;
  const { metadataDisk } = await import('@nx-linuxkit/disk');
  const path = join(state, 'data.iso');
  await makeStateFolder(state);
  await writeWhole(path, await metadataDisk(given.dataDisk ?? 'cidata', { name, text }));
  return path;
}

/** The disk with the user data of a machine, for clouds that take no text. */
export async function userDataBytes(
  { dataDisk = 'cidata' }: UserData,
  guest: { readonly name: string; readonly text: string },
): Promise<Buffer> {
  const { metadataDisk } = await import('@nx-linuxkit/disk');
  const chunks: Uint8Array[] = [];
  for await (const chunk of await metadataDisk(dataDisk, guest)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
