import { compareNumbers } from './semver.js';

/**
 * Compares two versions of Alpine packages: negative if `a` is earlier. Undefined for what is no such version.
 * https://wiki.alpinelinux.org/wiki/Package_policies, apk-tools' src/version.c
 */
export function compareApk(a: string, b: string): number | undefined {
  const [left, right] = [a, b].map(parse);
  if (!left || !right) return undefined;
  return (
    compareDigits(left.numbers, right.numbers) ||
    compareWords(left.letter, right.letter) ||
    compareSuffixes(left.suffixes, right.suffixes) ||
    compareNumbers(left.revision, right.revision)
  );
}

const VERSION = /^(\d+(?:\.\d+)*)([a-z]?)((?:_[a-z]+\d*)*)(?:~[0-9a-f]+)?(?:-r(\d+))?$/;
/** Suffixes before the version without one, and those after it. */
const SUFFIXES = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p'];
const NO_SUFFIX: readonly [number, string] = [SUFFIXES.indexOf(''), '0'];

function parse(text: string) {
  const [, numbers, letter = '', suffixes = '', revision = '0'] = VERSION.exec(text.trim()) ?? [];
  if (numbers === undefined) return undefined;
  const read = suffixes.split('_').filter(Boolean).map(suffixOf);
  return read.some(([rank]) => rank < 0)
    ? undefined
    : { numbers: numbers.split('.'), letter, suffixes: read, revision };
}

function suffixOf(text: string): readonly [number, string] {
  const [, word, number] = /^([a-z]+)(\d*)$/.exec(text) ?? [];
  return [SUFFIXES.indexOf(word), number || '0'];
}

/** A number behind a dot that begins with 0 is a fraction, which its digits order from the left. More numbers are later. */
function compareDigits(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [left, right] = [a[i], b[i]];
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
    const isFraction = i > 0 && (left.startsWith('0') || right.startsWith('0'));
    const difference = isFraction ? compareWords(left, right) : compareNumbers(left, right);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareSuffixes(a: readonly (readonly [number, string])[], b: typeof a): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [left, right] = [a[i] ?? NO_SUFFIX, b[i] ?? NO_SUFFIX];
    const difference = left[0] - right[0] || compareNumbers(left[1], right[1]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareWords(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
