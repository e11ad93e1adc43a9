const LETTER = /\p{L}/u;
const DIGIT = /\p{Nd}/u;

/**
 * Compares keys of a map as Go's yaml.v2 does: digits by their numeric value, letters behind all other characters.
 */
export function compareNatural(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  const differs = left.findIndex((char, i) => char !== right[i]);
  if (differs < 0) return left.length - right.length;
  if (differs >= right.length) return 1;
  const [one, other] = [left[differs], right[differs]];
  const [isLetter, otherIsLetter] = [LETTER.test(one), LETTER.test(other)];
  if (isLetter !== otherIsLetter) return isLetter ? 1 : -1;
  const numbers = isLetter ? 0 : compareNumbers(numberAt(left, differs), numberAt(right, differs));
  return numbers || (one.codePointAt(0) as number) - (other.codePointAt(0) as number);
}

/** Returns the digits around a position, from the first digit in front of it. */
function numberAt(chars: readonly string[], place: number): string {
  const isNoDigit = (char: string) => !DIGIT.test(char);
  const start = chars.slice(0, place).findLastIndex(isNoDigit) + 1;
  const length = chars.slice(start).findIndex(isNoDigit);
  return chars.slice(start, length < 0 ? undefined : start + length).join('');
}

/** Compares by value, then by the number of leading zeros. */
function compareNumbers(a: string, b: string): number {
  const value = (digits: string) => digits.replace(/^0+/, '');
  const [left, right] = [value(a), value(b)];
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : a.length - b.length);
}
