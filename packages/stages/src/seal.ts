import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFully } from '@nx-linuxkit/tree/layer';
import { replaceFolder } from './replace-folder.js';

/** What a file must hold. */
export interface SealedFile {
  /** bytes */
  readonly size: number;
  /** 64 hexadecimal digits */
  readonly sha256: string;
}

/** What lies beside the files of a stage's output and says what they must be. */
export interface Seal<Facts = unknown> {
  /** Hash of all that the stage read. */
  readonly key: string;
  /** By name. */
  readonly files: Readonly<Record<string, SealedFile>>;
  /** Small results that have no file of their own. */
  readonly facts: Facts;
}

const SEAL = 'stage.json';

/** The seal as its file holds it, with the sha256 of the rest: a flipped character in it must not reach a stage. */
interface SealText extends Seal {
  readonly sha256: string;
}

/** The folder that a stage fills. Each file is hashed while it is written. */
export interface OutputFolder {
  /** Absolute path of the temporary folder; it gets its name when all files are written. */
  readonly path: string;
  write(name: string, bytes: string | Uint8Array): Promise<SealedFile>;
  /**
   * Writes each chunk before it asks for the next one, so that the source may use one buffer for all. The bytes are not
   * hashed where the caller knows what they are.
   */
  stream(name: string, bytes: AsyncIterable<Uint8Array>, known?: SealedFile): Promise<SealedFile>;
  /** Seals a file that something else wrote into the folder. */
  adopt(name: string): Promise<SealedFile>;
}

/**
 * Replaces the output folder of a stage as a whole: everything is written beside it and renamed, so that a build that
 * is killed leaves the old output or none. With `secret` only the user can read the files.
 */
export async function writeSealed<Facts>(
  folder: string,
  key: string,
  fill: (out: OutputFolder) => Promise<Facts>,
  { secret = false } = {},
): Promise<Seal<Facts>> {
  const files: Record<string, SealedFile> = {};
  const mode = secret ? 0o600 : 0o666;
  const fillFolder = async (temporary: string) => {
    const facts = await fill({
      path: temporary,
      write: async (name, bytes) => {
        await writeFile(join(temporary, name), bytes, { mode });
        return (files[name] = { size: Buffer.byteLength(bytes), sha256: sha256(bytes) });
      },
      stream: async (name, bytes, known) =>
        (files[name] = await writeHashed(join(temporary, name), bytes, mode, known)),
      adopt: async (name) => (files[name] = await hashFile(join(temporary, name))),
    });
    const seal: Seal<Facts> = { key, files: sortedByName(files), facts };
    await writeFile(join(temporary, SEAL), sealText(seal), { mode });
    return seal;
  };
  return replaceFolder(folder, fillFolder, { secret });
}

/**
 * The seal of an output; undefined where there is none, where it has another key than the given one, or where it is
 * damaged: then the output is made again. `facts` is what the stage wrote; a stage that finds a path in it must check
 * that it leads to where the stage would look.
 */
export async function readSeal<Facts>(folder: string, key?: string): Promise<Seal<Facts> | undefined> {
  try {
    const { sha256: sum, ...seal } = JSON.parse(await readFile(join(folder, SEAL), 'utf8')) as SealText;
    if (!isSeal(seal) || sum !== sha256(JSON.stringify(seal))) return undefined;
    return key === undefined || seal.key === key ? (seal as Seal<Facts>) : undefined;
  } catch {
    return undefined;
  }
}

/** The text of a seal's file, with the sha256 of the rest. */
export function sealText({ key, files, facts }: Seal): string {
  // Parsed again, because the check sees what JSON keeps of the facts: no member that is undefined, no -0.
  const kept = JSON.parse(JSON.stringify({ key, files, facts })) as Seal;
  return `${JSON.stringify({ ...kept, sha256: sha256(JSON.stringify(kept)) }, null, 1)}\n`;
}

function isSeal(value: unknown): value is Seal {
  const { key, files, facts } = value as Partial<Record<keyof Seal, unknown>>;
  return typeof key === 'string' && isRecord(files) && isRecord(facts) && Object.entries(files).every(isFile);
}

/** A file of an output lies in its folder and nowhere else. */
function isFile([name, sealed]: [string, unknown]): boolean {
  return /^[\w.+-]+$/.test(name) && !/^\.+$/.test(name) && isSealedFile(sealed);
}

/** Tells whether a value out of a file names a size and a sha256. */
export function isSealedFile(value: unknown): value is SealedFile {
  return isRecord(value) && isCount(value.size) && /^[0-9a-f]{64}$/.test(String(value.sha256));
}

/** Tells whether a value out of a file is a number of bytes. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Tells whether a value out of a file is an object with members. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The bytes of a small sealed file; undefined when the file is missing or not what the seal says. */
export async function readSealed(folder: string, seal: Seal, name: string): Promise<Buffer | undefined> {
  const bytes = await readFile(join(folder, name)).catch(() => undefined);
  return bytes && sha256(bytes) === seal.files[name]?.sha256 ? bytes : undefined;
}

/** Tells whether all files of an output are what its seal says. Reads all of them. */
export async function isOutputIntact(folder: string): Promise<boolean> {
  const seal = await readSeal(folder);
  if (!seal) return false;
  for (const [name, expected] of Object.entries(seal.files)) {
    const actual = await hashFile(join(folder, name)).catch(() => undefined);
    if (actual?.sha256 !== expected.sha256) return false;
  }
  return true;
}

/** Bytes of one read. Reads of 64 KiB spend more time between the chunks than on them. */
export const CHUNK = 1 << 20;

/** The sha256 of bytes, in hexadecimal. */
export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function hashFile(path: string): Promise<SealedFile> {
  const hashed = new HashedBytes(createReadStream(path, { highWaterMark: CHUNK }));
  for await (const chunk of hashed) void chunk;
  return hashed.sealed();
}

async function writeHashed(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  mode: number,
  known?: SealedFile,
): Promise<SealedFile> {
  const hashed = new HashedBytes(bytes);
  const file = await open(path, 'w', mode);
  let written = 0;
  try {
    for await (const chunk of known ? bytes : hashed) {
      await writeFully(file, chunk);
      written += chunk.length;
    }
  } finally {
    await file.close();
  }
  if (known && written !== known.size)
    throw new Error(`${path} got ${written} bytes, expected ${known.size}`);
  return known ?? hashed.sealed();
}

/** Passes bytes on and hashes them meanwhile. */
export class HashedBytes implements AsyncIterable<Uint8Array> {
  private readonly hash = createHash('sha256');
  private size = 0;

  constructor(private readonly bytes: AsyncIterable<Uint8Array>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.bytes) {
      this.hash.update(chunk);
      this.size += chunk.length;
      yield chunk;
    }
  }

  /** Size and hash of all bytes. Call it once, after the last chunk. */
  sealed(): SealedFile {
    return { size: this.size, sha256: this.hash.digest('hex') };
  }
}

function sortedByName<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
