import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { findFormat, type FileRole } from '@nx-linuxkit/formats';
import { hexOf, makeFolder, move, parseRegistryReference, type Digest } from '@nx-linuxkit/oci';
import type { Environment, Log } from '../../environment.js';
import { StageError } from '../../error.js';
import { bytes } from '../../format-quantity.js';
import { writeFileFrom } from '../../format/write-file.js';
import { Sources } from '../../sources.js';
import { systemName } from './system-reference.js';
import { parseArtifact, parseConfig, type ArtifactFile, type ParsedArtifact } from './artifact.js';

/** Which system to fetch, and where to. */
export interface SystemPull {
  /** By tag or digest. */
  readonly reference: string;
  /** Default: the first format of `preferred` that the system has. */
  readonly format?: string;
  /** Formats that may be taken, best first. */
  readonly preferred: readonly string[];
  /** Absolute path of the folder to write to. */
  readonly folder: string;
  /** Writes into a folder below it for each version, so that calls side by side share files. Default: false. */
  readonly byVersion?: boolean;
}

/** A format of a system, on this machine. */
export interface PulledSystem {
  readonly format: string;
  /** Absolute path that the names of its files begin with. */
  readonly prefix: string;
  /** Such as `linux/amd64`. */
  readonly platform: string;
  /** The digests of its files. */
  readonly digests: Readonly<Partial<Record<FileRole, Digest>>>;
}

/** A config has a name and a platform. */
const CONFIG_LIMIT = 64 << 10;
/** Says which system the files of a folder are of. */
const NOTE = 'system.json';

/**
 * Fetches one format of a system that was pushed. Every file is verified, gets its name when it is whole, and is called as
 * this machine says. What an earlier call has fetched of the same system stays. Throws StageError `unknown-format` for a
 * format that the system lacks, `bad-image` for what is no system, and OciError.
 */
export async function pullSystem(
  environment: Environment,
  { reference, format: wanted, preferred, folder: above, byVersion = false }: SystemPull,
  log: Log,
): Promise<PulledSystem> {
  const { registry, repository: path, tag, digest: named } = parseRegistryReference(reference);
  const sources = new Sources(environment);
  try {
    const { digest, artifact, platform } = await sources.withRepository(reference, async (repository) => {
      const found = await repository.manifest(named ?? (tag as string));
      const artifact = parseArtifact(found.bytes, found.contentType, reference);
      const config = await repository.blob(artifact.config, CONFIG_LIMIT);
      return { digest: found.digest, artifact, platform: parseConfig(config, reference) };
    });
    const format = chooseFormat(artifact, wanted, preferred, reference);
    const folder = byVersion ? join(above, hexOf(digest), format) : above;
    const prefix = join(folder, systemName(reference));
    const files = artifact.files.filter((file) => file.format === format);
    const digests = Object.fromEntries(files.map(({ role, blob }) => [role, blob.digest]));
    const pulled = { format, prefix, platform, digests };
    if (await isThere(folder, { digest, format }, files, prefix)) return pulled;
    await makeFolder(folder);
    if (!byVersion) await removeOld(folder, format, prefix);
    const source = await sources.open(`${registry}/${path}@${digest}`);
    try {
      for (const { role, blob } of files) {
        await writeWhole(fileOf(format, role, prefix), source.blob(blob));
        log(`pull ${reference}: ${format} ${role}, ${bytes(blob.size)}`);
      }
    } finally {
      await source.close();
    }
    await writeWhole(join(folder, NOTE), Readable.from([Buffer.from(JSON.stringify({ digest, format }))]));
    return pulled;
  } finally {
    await sources.close();
  }
}

function chooseFormat(
  { files }: ParsedArtifact,
  wanted: string | undefined,
  preferred: readonly string[],
  reference: string,
): string {
  const has = [...new Set(files.map(({ format }) => format))];
  const found = wanted === undefined ? preferred.find((name) => has.includes(name)) : wanted;
  if (found !== undefined && has.includes(found)) return found;
  throw new StageError(
    'unknown-format',
    `${reference} has no format ${wanted ?? `of ${preferred.join(', ')}`}`,
    { hint: has.length === 0 ? 'Push the system again.' : `It has ${has.join(', ')}.` },
  );
}

function fileOf(format: string, role: ArtifactFile['role'], prefix: string): string {
  return prefix + (findFormat(format)?.files[role] ?? '');
}

async function isThere(
  folder: string,
  wanted: { readonly digest: Digest; readonly format: string },
  files: readonly ArtifactFile[],
  prefix: string,
): Promise<boolean> {
  const note = await readFile(join(folder, NOTE), 'utf8').catch(() => '');
  return (
    note === JSON.stringify(wanted) &&
    files.every(({ format, role }) => existsSync(fileOf(format, role, prefix)))
  );
}

/** Another version may lack a file that this one has, such as an initrd. */
async function removeOld(folder: string, format: string, prefix: string): Promise<void> {
  await rm(join(folder, NOTE), { force: true });
  for (const suffix of Object.values(findFormat(format)?.files ?? {})) {
    await rm(prefix + suffix, { force: true });
  }
}

async function writeWhole(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFileFrom(temporary, content);
    await move(temporary, path);
  } catch (cause) {
    const { syscall, message } = cause as NodeJS.ErrnoException;
    if (syscall === undefined) throw cause;
    throw new StageError('unwritable', `cannot write ${path}: ${message}`, {
      hint: 'Free space, or name another folder.',
      cause,
    });
  } finally {
    await rm(temporary, { force: true });
  }
}
