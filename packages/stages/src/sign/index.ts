import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseRegistryReference, replaceFile, type Digest } from '@nx-linuxkit/oci';
import type { Repository } from '@nx-linuxkit/oci/registry';
import {
  readPassword,
  readPrivateKey,
  SignatureError,
  signFile,
  signImage,
  signImageWithBundle,
  type PrivateKey,
} from '@nx-linuxkit/signatures';
import type { Environment, Log } from '../environment.js';
import { Sources } from '../sources.js';

/** What to sign, and with which key. */
export interface SignRequest {
  /** References of images or indexes in registries; a tag stands for the digest that it has now. */
  readonly images?: readonly string[];
  /** Files, relative to the workspace; each gets a bundle beside it. */
  readonly files?: readonly string[];
  readonly key: SigningKey;
  /** Default: `tag`. */
  readonly form?: SigningForm;
}

/** How images are signed: `tag` writes the tag `sha256-….sig`, `bundle` what cosign 3 writes. */
export type SigningForm = 'tag' | 'bundle';

/** Where the private key and its password come from. Neither shows up in a message. */
export interface SigningKey {
  /** A file, relative to the workspace or absolute; default: the environment variable that `variable` names. */
  readonly file?: string;
  /** Default: COSIGN_PRIVATE_KEY, which holds the text of the key. */
  readonly variable?: string;
  /** A file, relative to the workspace or absolute, whose first line is the password. */
  readonly passwordFile?: string;
  /** Default: COSIGN_PASSWORD. */
  readonly passwordVariable?: string;
}

/** The name of the bundle of a file. */
const BUNDLE_SUFFIX = '.sigstore.json';

const KEY_VARIABLE = 'COSIGN_PRIVATE_KEY';
/** An encrypted key has less than 1 KiB, an RSA key of 16,384 bits 13 KiB. */
const KEY_LIMIT = 64 << 10;

/**
 * Signs images in registries and files of the workspace as cosign does, without a transparency log. What the same key has
 * signed already stays as it is. Throws SignatureError for the key, its password and the files, and OciError for the
 * registry.
 */
export async function sign(
  { workspaceRoot, settings }: Pick<Environment, 'workspaceRoot' | 'settings'>,
  { images = [], files = [], key: from, form = 'tag' }: SignRequest,
  log: Log,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<void> {
  const key = await readSigningKey(workspaceRoot, from, environment);
  for (const file of files) {
    const isNew = await writeBundle(resolve(workspaceRoot, file), file, key);
    log(`sign ${file}: ${file}${BUNDLE_SUFFIX} ${isNew ? 'written' : 'is there already'}`);
  }
  const sources = new Sources({ workspaceRoot, settings });
  try {
    for (const image of images) log(`sign ${image}: ${await signOne(sources, image, key, form)}`);
  } finally {
    await sources.close();
  }
}

/** Reads the private key that signs. Throws SignatureError. */
export async function readSigningKey(
  workspaceRoot: string,
  { file, variable = KEY_VARIABLE, passwordFile, passwordVariable }: SigningKey,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<PrivateKey> {
  const password = await readPassword(
    { file: passwordFile && resolve(workspaceRoot, passwordFile), variable: passwordVariable },
    environment,
  );
  if (file !== undefined && /-----BEGIN|\n/.test(file)) {
    throw new SignatureError(
      'invalid-key',
      'the option `key` holds the text of a key, expected the path of a file',
      {
        hint: `Put the text into the environment variable ${variable}, and make a new key: this one is in your options.`,
      },
    );
  }
  const named = file ?? `the environment variable ${variable}`;
  const text =
    file === undefined ? environment[variable] : await readKeyFile(resolve(workspaceRoot, file), file);
  if (text === undefined) {
    throw new SignatureError(
      'invalid-key',
      `expected a private key in the option \`key\` or in ${variable}, got neither`,
      {
        hint: 'Name the key file in the option `key`, or put its text into the environment variable.',
      },
    );
  }
  return readPrivateKey(text, named, password);
}

async function readKeyFile(path: string, file: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > KEY_LIMIT)
      throw new Error(`it has ${bytes.length} bytes, expected at most ${KEY_LIMIT}`);
    return bytes.toString('utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new SignatureError(
      'unreadable-file',
      `cannot read the private key: ${code === 'ENOENT' ? 'it does not exist' : message}`,
      { where: { file }, hint: 'Check the path and the permissions of the file.' },
    );
  }
}

/** Writes the bundle beside the file; false if the same key has signed these bytes before. */
async function writeBundle(path: string, file: string, key: PrivateKey): Promise<boolean> {
  const bundlePath = `${path}${BUNDLE_SUFFIX}`;
  const existing = await readFile(bundlePath, 'utf8').catch(() => undefined);
  const bundle = await signFile(path, key, existing).catch((error: unknown) => {
    if (!(error instanceof SignatureError) || error.where?.file !== path) throw error;
    throw new SignatureError(error.code, error.message, {
      where: { file },
      hint: error.hint,
      cause: error.cause,
    });
  });
  if (bundle === existing) return false;
  await replaceFile(bundlePath, bundle);
  return true;
}

/** Signs what the reference stands for now, and says what was signed where. */
async function signOne(sources: Sources, text: string, key: PrivateKey, form: SigningForm): Promise<string> {
  const { tag, digest: named } = parseRegistryReference(text);
  // A mirror may lag behind, so the registry itself is asked.
  return sources.withRepository(
    text,
    async (repository) => {
      const { digest } = await repository.manifest(named ?? (tag as string));
      return signDigest(repository, digest, key, form);
    },
    { mirrors: {} },
  );
}

/** Signs a manifest or an index of a repository, and says so. */
export async function signDigest(
  repository: Repository,
  digest: Digest,
  key: PrivateKey,
  form: SigningForm,
): Promise<string> {
  const { added } =
    form === 'tag'
      ? await signImage(repository, digest, key)
      : await signImageWithBundle(repository, digest, key);
  return `${repository.name}@${digest} ${added ? 'signed' : 'was signed by this key already'}`;
}
