import { asArray, asObject, asString, FormatError, quote, type JsonObject } from '../json.js';
import { ACTIONS, type Action } from './option.js';
import { exactly, pattern, type Matcher } from './pattern.js';

/** A demand as the option states it, checked; the files are not read yet. */
export type Demand =
  | { readonly kind: 'key'; readonly keyFile: string; readonly rootFile?: string }
  | {
      readonly kind: 'identity';
      readonly identity: Matcher;
      readonly issuer: Matcher;
      readonly rootFile: string;
    };

const KEY_KEYS = ['key', 'trustedRoot'];
const IDENTITY_KEYS = ['identity', 'identityPattern', 'issuer', 'issuerPattern', 'trustedRoot'];

export function readDemands(value: unknown, what: string, rootFile?: string): Action | readonly Demand[] {
  if (typeof value === 'string') return readAction(value, what);
  if (!Array.isArray(value)) return [readDemand(asObject(value, what), what, rootFile)];
  if (value.length === 0) throw new FormatError(`${what}: expected a key or an identity, got an empty list`);
  return asArray(value, what).map((item, i) =>
    readDemand(asObject(item, `${what}[${i}]`), `${what}[${i}]`, rootFile),
  );
}

function readDemand(option: JsonObject, what: string, rootFile?: string): Demand {
  const ownRoot = optionalPath(option.trustedRoot, `${what}.trustedRoot`);
  if ('key' in option) {
    refuseUnknownKeys(option, KEY_KEYS, what);
    const keyFile = asPath(option.key, `${what}.key`);
    return { kind: 'key', keyFile, ...(ownRoot === undefined ? {} : { rootFile: ownRoot }) };
  }
  refuseUnknownKeys(option, IDENTITY_KEYS, what);
  const identity = readMatcher(option, 'identity', what);
  const issuer = readMatcher(option, 'issuer', what);
  const root = ownRoot ?? rootFile;
  if (root !== undefined) return { kind: 'identity', identity, issuer, rootFile: root };
  throw new FormatError(
    `${what}: an identity needs a trusted root file, expected trustedRoot here or in signatures`,
  );
}

function readMatcher(option: JsonObject, name: 'identity' | 'issuer', what: string): Matcher {
  const [exact, wild] = [option[name], option[`${name}Pattern`]];
  if ((exact === undefined) === (wild === undefined)) {
    const got = exact === undefined ? 'neither' : 'both';
    throw new FormatError(`${what}: expected ${name} or ${name}Pattern, got ${got}`);
  }
  if (wild !== undefined) {
    return inPlace(`${what}.${name}Pattern`, () => pattern(asText(wild, 'the pattern')));
  }
  return exactly(asText(exact, `${what}.${name}`));
}

export function readAction(value: unknown, what: string): Action {
  const action = ACTIONS.find((name) => name === value);
  if (action) return action;
  throw new FormatError(`${what}: expected ${ACTIONS.join(', ')}, got ${quote(value)}`);
}

/** A path of the workspace: a file elsewhere would not be part of what a cached check depends on. */
function asPath(value: unknown, what: string): string {
  const path = asText(value, what);
  const parts = path.split('/');
  if (/^[A-Za-z]:|\\|\0/.test(path) || path.startsWith('/') || parts.includes('..')) {
    throw new FormatError(`${what}: expected a path within the workspace, from its root, got ${quote(path)}`);
  }
  return parts.filter((part) => part !== '.' && part !== '').join('/');
}

export function optionalPath(value: unknown, what: string): string | undefined {
  return value === undefined ? undefined : asPath(value, what);
}

function asText(value: unknown, what: string): string {
  const text = asString(value, what);
  if (text !== '') return text;
  throw new FormatError(`${what}: expected text, got an empty string`);
}

export function refuseUnknownKeys(option: JsonObject, known: readonly string[], what: string): void {
  const unknown = Object.keys(option).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new FormatError(`${what}: unknown key ${quote(unknown)}, expected one of ${known.join(', ')}`);
}

export function inPlace<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof FormatError ? new FormatError(`${what}: ${error.message}`) : error;
  }
}
