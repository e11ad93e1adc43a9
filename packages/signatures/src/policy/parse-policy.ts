import { SignatureError } from '../error.js';
import { asObject, FormatError, quote } from '../json.js';
import { inPlace, optionalPath, readAction, readDemands, refuseUnknownKeys, type Demand } from './demand.js';
import type { Action } from './option.js';
import { normalisePrefix } from './prefix.js';

/** One entry of `signatures.images`, checked; its files are not read yet. */
export interface ParsedRule {
  /** As the option has it. */
  readonly text: string;
  /** In the spelling that names of images are compared in. */
  readonly prefix: string;
  /** One of the demands has to be met. */
  readonly demands: Action | readonly Demand[];
}

/** The option `signatures`, checked; no file was read. */
export interface ParsedPolicy {
  readonly fallback: Action;
  /** Longest prefix first: the first one that an image has decides. */
  readonly rules: readonly ParsedRule[];
}

const OPTION_KEYS = ['default', 'trustedRoot', 'images'];

/**
 * Checks the plugin option `signatures` without reading a file, so that inference can do it. `file` is where the
 * option stands (`nx.json`). Error: `invalid-policy`, which names the place within the option.
 */
export function parsePolicy(option: unknown, file: string): ParsedPolicy {
  try {
    return readOption(option ?? {});
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new SignatureError('invalid-policy', error.message, {
      where: { file },
      hint:
        'Write it as {"default": "warn", "images": {"ghcr.io/org/": {"key": "cosign.pub"}}}; ' +
        'docs/reference/plugin-options.md has every key.',
    });
  }
}

/** The files that a policy reads, from the root of the workspace, sorted: what a cached check depends on. */
export function policyFiles({ rules }: ParsedPolicy): readonly string[] {
  const demands = rules.flatMap(({ demands }) => (typeof demands === 'string' ? [] : demands));
  const files = demands.flatMap((demand) => [
    ...(demand.kind === 'key' ? [demand.keyFile] : []),
    ...(demand.rootFile === undefined ? [] : [demand.rootFile]),
  ]);
  return [...new Set(files)].sort();
}

function readOption(value: unknown): ParsedPolicy {
  const option = asObject(value, 'signatures');
  refuseUnknownKeys(option, OPTION_KEYS, 'signatures');
  const rootFile = optionalPath(option.trustedRoot, 'signatures.trustedRoot');
  const rules = Object.entries(asObject(option.images ?? {}, 'signatures.images')).map(([text, demands]) => {
    const what = `signatures.images[${quote(text)}]`;
    return {
      text,
      prefix: inPlace(what, () => normalisePrefix(text)),
      demands: readDemands(demands, what, rootFile),
    };
  });
  refuseSamePrefix(rules);
  return {
    fallback: option.default === undefined ? 'off' : readAction(option.default, 'signatures.default'),
    rules: rules.sort((a, b) => b.prefix.length - a.prefix.length || (a.prefix < b.prefix ? -1 : 1)),
  };
}

function refuseSamePrefix(rules: readonly ParsedRule[]): void {
  for (const [i, { prefix, text }] of rules.entries()) {
    const same = rules.slice(0, i).find((rule) => rule.prefix === prefix);
    if (!same) continue;
    throw new FormatError(`signatures.images: ${quote(same.text)} and ${quote(text)} name the same images`);
  }
}
