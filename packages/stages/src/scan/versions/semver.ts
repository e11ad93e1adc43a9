/**
 * Compares two versions as https://semver.org/#spec-item-11 orders them: negative if `a` is earlier. Numbers that are left
 * out are 0, as in `1.21` of Go, and a `v` in front counts for nothing. Undefined for what is no such version.
 */
export function compareSemver(a: string, b: string): number | undefined {
  const [left, right] = [a, b].map(parse);
  if (!left || !right) return undefined;
  for (let i = 0; i < Math.max(left.numbers.length, right.numbers.length); i++) {
    const difference = compareNumbers(left.numbers[i] ?? '0', right.numbers[i] ?? '0');
    if (difference !== 0) return difference;
  }
  return comparePrereleases(left.prerelease, right.prerelease);
}

/** Digits, `-` and a prerelease, `+` and a build that orders nothing. Go writes `1.21rc2` without a hyphen. */
const VERSION = /^v?(\d+(?:\.\d+)*)(?:-?([0-9A-Za-z][0-9A-Za-z.-]*))?(?:\+[0-9A-Za-z.-]*)?$/;

function parse(text: string) {
  const [, numbers, prerelease] = VERSION.exec(text.trim()) ?? [];
  if (numbers === undefined) return undefined;
  return { numbers: numbers.split('.'), prerelease: prerelease?.split('.') ?? [] };
}

/** A version with a prerelease is before the one without. */
function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [left, right] = [a[i], b[i]];
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
    const [isLeft, isRight] = [left, right].map((word) => /^\d+$/.test(word));
    if (isLeft !== isRight) return isLeft ? -1 : 1;
    const difference = isLeft ? compareNumbers(left, right) : left < right ? -1 : left > right ? 1 : 0;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Compares digits of any length. */
export function compareNumbers(a: string, b: string): number {
  const [left, right] = [a, b].map((digits) => digits.replace(/^0+(?=\d)/, ''));
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0);
}
