const LETTER = /\p{L}/u;
const DIGIT = /\p{Nd}/u;

/**
 * The order in which Go's yaml.v2 writes the keys of a map: numbers in them by their value, letters behind all else.
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

/** The digits around a place, from those in front of it on. */
function numberAt(chars: readonly string[], place: number): string {
  const isNone = (char: string) => !DIGIT.test(char);
  const start = chars.slice(0, place).findLastIndex(isNone) + 1;
  const length = chars.slice(start).findIndex(isNone);
  return chars.slice(start, length < 0 ? undefined : start + length).join('');
}

/** By value, then the one with fewer zeros in front. */
function compareNumbers(a: string, b: string): number {
  const value = (digits: string) => digits.replace(/^0+/, '');
  const [left, right] = [value(a), value(b)];
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : a.length - b.length);
}
