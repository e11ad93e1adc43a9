import { join } from 'node:path';
import { SignatureError } from '../error.js';
import { readSmallFile } from '../file.js';
import { asArray, asObject, asString, FormatError, parseJson, type JsonObject } from '../json.js';
import { KEY_FILE_LIMIT, readPublicKey, type PublicKey } from '../key/public-key.js';
import type { Action } from './option.js';
import type { Demand } from './demand.js';
import type { ParsedPolicy } from './parse-policy.js';
import type { Matcher } from './pattern.js';

/** A trusted root as Sigstore's protobuf-specs define it: authorities and logs with their public keys. */
export interface TrustedRootFile {
  readonly file: string;
  readonly json: JsonObject;
}

/** Who may sign: a key, or an identity that a certificate authority vouches for. */
export type Authority =
  | { readonly kind: 'key'; readonly file: string; readonly key: PublicKey; readonly root?: TrustedRootFile }
  | {
      readonly kind: 'identity';
      readonly identity: Matcher;
      readonly issuer: Matcher;
      readonly root: TrustedRootFile;
    };

/** What images with one prefix must be signed by, or what happens to them without a signature. */
export interface Rule {
  /** As the option has it, for messages. */
  readonly text: string;
  readonly prefix: string;
  /** One of the authorities has to have signed. */
  readonly demands: Action | readonly Authority[];
}

/** The option `signatures` with its keys and trusted roots read. */
export interface Policy {
  readonly fallback: Action;
  readonly rules: readonly Rule[];
}

/** Sigstore's public trusted root has 7 KiB. */
const ROOT_FILE_LIMIT = 4 << 20;
const ROOT_MEDIA_TYPE =
  /^application\/vnd\.dev\.sigstore\.trustedroot(?:\+json;version=0\.[12]|\.v0\.[12]\+json)$/;

/** Reads the files of a policy, below `root`. Errors: `unreadable-file`, `invalid-key`, `invalid-trusted-root`. */
export async function loadPolicy({ fallback, rules }: ParsedPolicy, root: string): Promise<Policy> {
  const load = async (demand: Demand): Promise<Authority> =>
    demand.kind === 'key' ? loadKey(demand, root) : loadIdentity(demand, root);
  const loaded: Rule[] = [];
  for (const { text, prefix, demands } of rules) {
    loaded.push({
      text,
      prefix,
      demands: typeof demands === 'string' ? demands : await Promise.all(demands.map(load)),
    });
  }
  return { fallback, rules: loaded };
}

/** `the key keys/org.pub`, `the identity https://… by https://…`. */
export function describeAuthority(authority: Authority): string {
  if (authority.kind === 'key') return `the key ${authority.file}`;
  return `the identity ${authority.identity.text} of ${authority.issuer.text}`;
}

async function loadKey(demand: Demand & { kind: 'key' }, root: string): Promise<Authority> {
  const { keyFile, rootFile } = demand;
  const pem = await readSmallFile(join(root, keyFile), KEY_FILE_LIMIT, 'the public key');
  const key = readPublicKey(pem, keyFile);
  if (rootFile === undefined) return { kind: 'key', file: keyFile, key };
  expectLoggable(key, keyFile);
  return { kind: 'key', file: keyFile, key, root: await loadTrustedRoot(rootFile, root) };
}

/** @sigstore/verify takes SHA-256 for every signature in a log, which other keys do not sign with. */
function expectLoggable({ algorithm }: PublicKey, file: string): void {
  if (algorithm === 'ecdsa-p256' || algorithm === 'rsa') return;
  throw new SignatureError(
    'invalid-key',
    `with a trusted root the key must be ECDSA P-256 or RSA, got ${algorithm}`,
    { where: { file }, hint: 'Leave trustedRoot out, or sign with a key of `cosign generate-key-pair`.' },
  );
}

async function loadIdentity(demand: Demand & { kind: 'identity' }, root: string): Promise<Authority> {
  const { kind, identity, issuer, rootFile } = demand;
  return { kind, identity, issuer, root: await loadTrustedRoot(rootFile, root) };
}

async function loadTrustedRoot(file: string, root: string): Promise<TrustedRootFile> {
  const text = await readSmallFile(join(root, file), ROOT_FILE_LIMIT, 'the trusted root');
  try {
    const json = asObject(parseJson(text, 'the file'), 'the file');
    const mediaType = asString(json.mediaType, 'mediaType');
    if (!ROOT_MEDIA_TYPE.test(mediaType)) throw new FormatError(`mediaType: got ${mediaType}`);
    if (asArray(json.tlogs ?? [], 'tlogs').length === 0) throw new FormatError('tlogs: got no log');
    return { file, json };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new SignatureError('invalid-trusted-root', `expected Sigstore's trusted root: ${error.message}`, {
      where: { file },
      hint: 'Write it with `cosign trusted-root create` or take trusted_root.json of your Sigstore instance.',
    });
  }
}
