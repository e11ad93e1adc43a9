import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { FileRole } from '@nx-linuxkit/formats';
import { digestOf, parseReference } from '@nx-linuxkit/oci';
import type { PushableImage, Repository } from '@nx-linuxkit/oci/registry';
import type { Environment, Log } from '../../environment.js';
import { StageError } from '../../error.js';
import { bytes } from '../../format-quantity.js';
import { knownFormat } from '../../plan/known-format.js';
import { CHUNK } from '../../seal.js';
import { Sources } from '../../sources.js';
import type { SignWith } from '../sign-with.js';
import { formatArtifact, type SystemFile } from './artifact.js';

/** Which files to push, and where to. */
export interface SystemPush {
  readonly name: string;
  /** Such as `linux/amd64`. */
  readonly platform: string;
  /** Each format with the absolute path that the names of its files begin with. */
  readonly formats: readonly { readonly format: string; readonly prefix: string }[];
  /** A reference by tag, or a prefix that ends in `/`, to which the system's name is added; `oci:folder:tag` writes an OCI layout. */
  readonly to: string;
  /** Signs before the tag names it. Default: nothing is signed. */
  readonly sign?: SignWith;
}

/** As registries allow it: a tag is a name in index.json alone. */
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** A file on this machine. */
interface HostFile extends SystemFile {
  readonly path: string;
}

/**
 * Pushes files of formats as one OCI artifact. Files that the registry has are not sent, and the tag comes last, so that it
 * never names what is not there. Gives the reference by digest. Throws StageError `missing-file` for a format that was
 * not made, SignatureError and OciError.
 */
export async function pushSystem(
  environment: Environment,
  { name, platform, formats, to, sign: signWith }: SystemPush,
  log: Log,
): Promise<string> {
  const target = targetOf(environment.workspaceRoot, name, to);
  const { tag } = target;
  const sign =
    signWith && (await import('../signer.js').then(({ signer }) => signer(environment, signWith, log)));
  const files: HostFile[] = [];
  for (const { format, prefix } of formats) files.push(...(await filesOf(format, prefix)));
  const artifact = pushable(name, platform, files);
  const digest = digestOf(artifact.manifest);
  const sources = new Sources(environment);
  try {
    const push = async (repository: Repository) => {
      await repository.push(digest, artifact);
      await sign?.(repository, [digest]);
      await repository.push(tag, { ...artifact, blobs: [] });
      for (const { format, name: file, size } of files) log(`push ${format}: ${file}, ${bytes(size)}`);
      log(`push ${repository.name}:${tag}: ${digest}`);
      return `${repository.name}@${digest}`;
    };
    if (target.folder !== undefined) {
      const { openLayoutRepository } = await import('@nx-linuxkit/oci/registry');
      return await push(openLayoutRepository(target.folder));
    }
    // A mirror may lag behind what was pushed.
    return await sources.withRepository(target.reference, push, { mirrors: {} });
  } finally {
    await sources.close();
  }
}

/** Where a system goes: under a tag of a registry, or of a folder with an OCI layout. */
interface Target {
  readonly reference: string;
  readonly tag: string;
  /** Absolute path of the layout. */
  readonly folder?: string;
}

function targetOf(workspaceRoot: string, name: string, to: string): Target {
  const reference = to.endsWith('/') ? `${to}${name}` : to;
  const parsed = parseReference(reference);
  if (parsed.transport === 'registry') {
    const { tag, digest } = parsed;
    if (tag !== undefined && digest === undefined) return { reference, tag };
  } else if (parsed.transport === 'oci') {
    const { path, name: tag = 'latest', digest } = parsed;
    if (digest === undefined && TAG.test(tag))
      return { reference, tag, folder: resolve(workspaceRoot, path) };
  }
  throw new StageError(
    'unsupported',
    `a system is pushed under a tag of a registry or of an OCI layout, got ${to}`,
    {
      hint: 'Write registry.example/systems/my-os:1.0, or oci:folder:1.0.',
    },
  );
}

function pushable(name: string, platform: string, files: readonly HostFile[]): PushableImage {
  const { mediaType, manifest, config, layers } = formatArtifact({ name, platform, files });
  const blobs = layers.map((descriptor, i) => ({
    descriptor,
    bytes: () => createReadStream(files[i].path, { highWaterMark: CHUNK }),
  }));
  return {
    mediaType,
    manifest,
    blobs: [...blobs, { descriptor: config.descriptor, bytes: () => once(config.bytes) }],
  };
}

async function* once(chunk: Buffer): AsyncGenerator<Uint8Array> {
  yield chunk;
}

/** The files of a format that are there: not every format needs an initrd. */
async function filesOf(format: string, prefix: string): Promise<HostFile[]> {
  const found: HostFile[] = [];
  for (const [role, suffix] of Object.entries(knownFormat(format).files)) {
    const path = prefix + suffix;
    const size = (await stat(path).catch(() => undefined))?.size;
    if (size === undefined) continue;
    found.push({ format, role: role as FileRole, name: basename(path), path, size, ...(await hashOf(path)) });
  }
  if (found.length > 0) return found;
  throw new StageError('missing-file', `the format ${format} is not there to be pushed: no file ${prefix}…`, {
    hint: 'Build the format first.',
  });
}

/** The upload compares the bytes with this hash again, so that a file that changes meanwhile is an error. */
async function hashOf(path: string): Promise<Pick<SystemFile, 'digest'>> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) hash.update(chunk as Buffer);
  return { digest: `sha256:${hash.digest('hex')}` };
}
