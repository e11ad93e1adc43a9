import { randomBytes } from 'node:crypto';
import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, onDisk, type Store } from '@nx-linuxkit/oci';
import { outputRootOf, type Environment } from '../environment.js';
import { keyOf } from '../plan/key.js';
import { sha256 } from '../seal.js';
import type { PackedSizes } from '../size/packed-sizes.js';
import type { RanTask } from './ran-task.js';

/** What a system was made of at the end of a build: hashes, never the values. */
export interface Snapshot {
  /** When the build ended, in RFC 3339. */
  readonly at: string;
  /** By place and name: the hash of the value, and the index in `readers` of the tasks that read it. */
  readonly fields: Readonly<
    Record<string, Readonly<Record<string, readonly [hash: string, readers: number]>>>
  >;
  readonly readers: readonly (readonly string[])[];
  /** Bytes of the initrd; absent where no build of this version has seen one. */
  readonly sizes?: PackedSizes;
  /** By the place of a package: the key of the image that its files made. */
  readonly packages: Readonly<Record<string, string>>;
}

/** The last two builds of a system that made something. */
export interface History {
  readonly version: typeof VERSION;
  readonly system: string;
  readonly platform: string;
  /** Hexadecimal digits of the key of all hashes, so that no short secret can be guessed from the hash of it. */
  readonly secret: string;
  /** Names the run of Nx or of the command: its processes share one entry. */
  readonly run: string;
  /** Absent in the first build. */
  readonly before?: Snapshot;
  readonly after: Snapshot;
  readonly tasks: readonly RanTask[];
}

/** The form of the file. A file of another one counts as none. */
export const VERSION = 1;

/** Bytes of the key of the hashes: as many as a sha256 has. */
const SECRET_BYTES = 32;

/** A new key for the hashes of one system. */
export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('hex');
}

/** Reads the history of a system; undefined where there is none that this version can read. */
export async function readHistory(environment: Environment, system: string): Promise<History | undefined> {
  try {
    const { sum, ...history } = JSON.parse(await readFile(fileOf(environment, system), 'utf8')) as Kept;
    return history.version === VERSION && sum === sha256(JSON.stringify(history)) ? history : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the history of a system, readable by this user alone. Throws the OciErrors of the disk. */
export async function writeHistory(environment: Environment, history: History): Promise<void> {
  const { store } = environment;
  const path = fileOf(environment, history.system);
  const temporary = await store.temp();
  await onDisk(store.dir, async () => {
    try {
      await makeFolder(dirname(path));
      await writeFile(temporary, JSON.stringify({ ...history, sum: sha256(JSON.stringify(history)) }), {
        mode: 0o600,
      });
      await chmod(temporary, 0o600);
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  });
}

/** The history as its file holds it. */
type Kept = History & { readonly sum: string };

/** The store prunes what lies below `derived`, when it was not used for long. */
function fileOf(environment: Environment & { readonly store: Store }, system: string): string {
  return join(environment.store.dir, 'derived', 'history', keyOf([outputRootOf(environment), system]));
}
