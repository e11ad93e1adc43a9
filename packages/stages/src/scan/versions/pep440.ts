import { compareNumbers } from './semver.js';

/**
 * Compares two versions of Python packages: negative if `a` is earlier. Undefined for what is no such version.
 * https://packaging.python.org/specifications/version-specifiers/
 */
export function comparePep440(a: string, b: string): number | undefined {
  const [left, right] = [a, b].map(keyOf);
  if (!left || !right) return undefined;
  for (const [i, one] of left.entries()) {
    const difference = compareLists(one, right[i]);
    if (difference !== 0) return difference;
  }
  return 0;
}

const VERSION =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(a|alpha|b|beta|c|rc|pre|preview)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/;

/** Ranks of what may follow a release: a development release of nothing else is first, and nothing at all is after candidates. */
const [DEV_ONLY, ALPHA, BETA, CANDIDATE, FINAL] = ['0', '1', '2', '3', '4'];
const WORDS: Readonly<Record<string, string>> = { a: ALPHA, alpha: ALPHA, b: BETA, beta: BETA };
/** Stands where no number can: before and after all of them. */
const [BEFORE, AFTER] = ['', '9'.repeat(40)];

type Key = readonly (readonly string[])[];

function keyOf(text: string): Key | undefined {
  const match = VERSION.exec(text.trim().toLowerCase());
  if (!match) return undefined;
  const [, epoch = '0', release, pre, preNumber, implicit, post, postNumber, dev, devNumber, local] = match;
  const isPost = implicit !== undefined || post !== undefined;
  const rank =
    pre !== undefined ? (WORDS[pre] ?? CANDIDATE) : dev !== undefined && !isPost ? DEV_ONLY : FINAL;
  return [
    [epoch],
    release.replace(/(?:\.0+)+$/, '').split('.'),
    [rank, pre === undefined ? '0' : preNumber || '0'],
    [isPost ? (implicit ?? (postNumber || '0')) : BEFORE],
    [dev === undefined ? AFTER : devNumber || '0'],
    local === undefined ? [] : local.split(/[-_.]/),
  ];
}

/** Compares word by word; numbers are after words, and a longer list is after its beginning. Trailing zeros are gone already. */
function compareLists(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [left, right] = [a[i], b[i]];
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
    if (left === right) continue;
    if (left === BEFORE || right === BEFORE) return left === BEFORE ? -1 : 1;
    const [isLeft, isRight] = [left, right].map((word) => /^\d+$/.test(word));
    if (isLeft !== isRight) return isLeft ? 1 : -1;
    const difference = isLeft ? compareNumbers(left, right) : left < right ? -1 : 1;
    if (difference !== 0) return difference;
  }
  return 0;
}
