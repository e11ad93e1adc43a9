import { posix } from 'node:path';
import type { Lock } from '@nx-linuxkit/oci/lock';
import { pattern, type Matcher } from '@nx-linuxkit/signatures/policy';
import { expandReference } from '@nx-linuxkit/spec';
import { StageError } from '../error.js';
import { lockFileOf } from './project-name.js';
import type { Settings } from './settings.js';

type ImmutableSettings = Pick<Settings, 'immutable' | 'signatures'>;

/**
 * The git-ignored file that keeps the digests of immutable references which the lock of an OS file does not pin, in the
 * lock's own format. What it says is the same on every machine, so it need not be committed, and it may be removed.
 */
export function resolvedFileOf(file: string): string {
  return posix.join('.linuxkit/resolved', lockFileOf(file));
}

/**
 * True for a reference that always stands for the same image: one by digest, or one whose tag is a content hash by the
 * option `immutable`. With the option `signatures` none counts as such, because the evidence lies beside the lock.
 * Throws StageError `unsupported` for a pattern that names nothing.
 */
export function isImmutable(reference: string, settings: ImmutableSettings): boolean {
  return settings.signatures === undefined && (isByDigest(reference) || isContentTag(reference, settings));
}

/** True for a reference whose tag is a content hash by the option `immutable`: no lock has to pin it. */
export function isContentTag(reference: string, { immutable = [], signatures }: ImmutableSettings): boolean {
  if (signatures !== undefined || !/^[^@]*:[^/@]+$/.test(reference)) return false;
  const spellings = [reference, expandReference(reference)];
  return matchersOf(immutable).some(({ matches }) => spellings.some(matches));
}

/** Adds what was resolved to a lock. An entry of the lock wins; what may have moved since is left out. */
export function withResolved(lock: Lock, resolved: Lock, settings: ImmutableSettings): Lock {
  const added = Object.entries(resolved.images).filter(([reference]) => isImmutable(reference, settings));
  if (added.length === 0) return lock;
  const images = Object.fromEntries(
    added.map(([reference, platforms]) => [reference, { ...platforms, ...lock.images[reference] }]),
  );
  return { ...lock, images: { ...lock.images, ...images } };
}

function isByDigest(reference: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(reference);
}

/** Inference asks about each reference of each system; the option is the same for all. */
let known: { readonly option: readonly string[]; readonly matchers: readonly Matcher[] } | undefined;

function matchersOf(option: readonly string[]): readonly Matcher[] {
  if (known?.option !== option) known = { option, matchers: option.map(parsePattern) };
  return known.matchers;
}

function parsePattern(text: string): Matcher {
  try {
    return pattern(text);
  } catch (error) {
    throw new StageError('unsupported', `the plugin's option immutable: ${(error as Error).message}`, {
      where: { file: 'nx.json' },
      hint: 'Name the images whose tags are content hashes, such as "registry.example/team/*:*".',
    });
  }
}
