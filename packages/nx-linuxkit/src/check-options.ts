import { formatNames, loaderNames } from '@nx-linuxkit/formats';
import { nearest } from '@nx-linuxkit/spec';
import {
  StageError,
  builderNames,
  compressors,
  privilegePolicies,
  targetKinds,
  type PackageSettings,
  type SecureBootSettings,
} from '@nx-linuxkit/stages/plan';
import type { PluginOptions, SigningOptions } from './options.js';

/** Lists what is wrong with a value at a place such as `mirrors["docker.io"]`, one line each. */
type Check = (value: unknown, at: string) => string[];

const REFERENCE = 'docs/reference/plugin-options.md';

const SIGNING: Record<keyof SigningOptions, Check> = {
  key: text,
  keyVariable: text,
  passwordFile: text,
  passwordVariable: text,
};

const SECURE_BOOT: Record<keyof SecureBootSettings, Check> = {
  certificate: text,
  certificateVariable: text,
  key: text,
  keyVariable: text,
  passwordFile: text,
  passwordVariable: text,
  command: listOf(text),
  identity: text,
  enrol: flag,
};

const PACKAGES: Record<keyof PackageSettings, Check> = {
  folders: listOf(text),
  builder: oneOf(builderNames),
  platforms: listOf(text),
  registry: text,
  push: flag,
  records: flag,
  secrets: listOf(text),
  ssh: listOf(text),
};

/** The check of each option. `signatures` has a parser of its own, which checks what is in it. */
export const optionChecks: Readonly<Record<keyof PluginOptions, Check>> = {
  outputs: listOf(oneOf(formatNames)),
  images: mapOf(textOrList),
  mirrors: mapOf(listOf(text)),
  insecure: listOf(text),
  caFile: text,
  minimumRate: (value, at) => amount(value, at, 0),
  transferTimeout: (value, at) => amount(value, at, 1),
  docker: flag,
  compressor: oneOf(compressors),
  loaders: keysOf(Object.fromEntries(loaderNames.map((name) => [name, text]))),
  imagePrivileges: oneOf(privilegePolicies),
  privilegedImages: listOf(text),
  packages: keysOf(PACKAGES),
  frozen: flag,
  immutable: listOf(text),
  decompressKernel: flag,
  sbom: flagOrText,
  filesOverrideParents: flag,
  signatures: map,
  secureBoot: keysOf(SECURE_BOOT),
  trustedCache: flag,
  targetNames: keysOf(Object.fromEntries(targetKinds().map((kind) => [kind, text]))),
  targetPrefix: text,
  store: text,
  storeLimit: (value, at) => amount(value, at, 0),
  debianMirror: text,
  strict: flag,
  include: listOf(text),
  sign: keysOf(SIGNING),
};

/**
 * Checks the plugin's options, which Nx hands on as nx.json has them. Throws StageError `bad-option` with a line for each
 * unknown key and each value of a wrong type.
 */
export function checkOptions(options: unknown): asserts options is PluginOptions {
  const problems = keysOf(optionChecks)(options, '');
  if (problems.length === 0) return;
  throw new StageError('bad-option', problems.join('\n'), {
    where: { file: 'nx.json' },
    hint: `Correct "options" beside "plugin": "nx-linuxkit"; ${REFERENCE} has every option.`,
  });
}

function keysOf(checks: Readonly<Record<string, Check>>): Check {
  return (value, at) => {
    if (!isMap(value)) return wrong(value, at, 'an object');
    return Object.entries(value).flatMap(([key, item]) => {
      const place = at === '' ? key : `${at}.${key}`;
      if (item === undefined) return [];
      return Object.hasOwn(checks, key) ? checks[key](item, place) : unknownKey(key, at, Object.keys(checks));
    });
  };
}

function unknownKey(key: string, at: string, known: readonly string[]): string[] {
  const owner = at === '' ? 'the plugin' : `the plugin's option ${at}`;
  const suggestion = nearest(key, known);
  const guess = suggestion === undefined ? '' : `, did you mean "${suggestion}"?`;
  return [`${owner} has no option ${JSON.stringify(key)}${guess} (known: ${known.join(', ')})`];
}

function mapOf(check: Check): Check {
  return (value, at) => {
    const problems = map(value, at);
    if (problems.length > 0) return problems;
    return Object.entries(value as object).flatMap(([key, item]) =>
      check(item, `${at}[${JSON.stringify(key)}]`),
    );
  };
}

function listOf(check: Check): Check {
  return (value, at) =>
    Array.isArray(value)
      ? value.flatMap((item, i) => check(item, `${at}[${i}]`))
      : wrong(value, at, 'a list');
}

function oneOf(known: readonly string[]): Check {
  return (value, at) => {
    if (known.includes(value as string)) return [];
    const suggestion = typeof value === 'string' ? nearest(value, known) : undefined;
    const guess = suggestion === undefined ? '' : `, did you mean "${suggestion}"?`;
    return wrong(value, at, `one of ${known.join(', ')}`, guess);
  };
}

function map(value: unknown, at: string): string[] {
  return isMap(value) ? [] : wrong(value, at, 'an object');
}

function text(value: unknown, at: string): string[] {
  return typeof value === 'string' && value !== '' ? [] : wrong(value, at, 'a text');
}

function textOrList(value: unknown, at: string): string[] {
  return Array.isArray(value) ? listOf(text)(value, at) : text(value, at);
}

function flag(value: unknown, at: string): string[] {
  return typeof value === 'boolean' ? [] : wrong(value, at, 'true or false, without quotes');
}

function flagOrText(value: unknown, at: string): string[] {
  if (typeof value === 'boolean') return [];
  return typeof value === 'string' && value !== '' ? [] : wrong(value, at, 'true, false or a text');
}

function amount(value: unknown, at: string, least: number): string[] {
  const fits = typeof value === 'number' && value >= least;
  return fits ? [] : wrong(value, at, `a number, ${least} or more`);
}

function wrong(value: unknown, at: string, expected: string, guess = ''): string[] {
  const subject = at === '' ? "the plugin's options" : `the plugin's option ${at}`;
  return [`${subject}: expected ${expected}, got ${kindOf(value)}${guess}`];
}

/** Names a value: a scalar as JSON writes it, else its kind. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isMap(value)) return 'an object';
  return typeof value === 'string' ? `the text ${JSON.stringify(value)}` : String(value);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
