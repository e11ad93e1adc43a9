/** What `${name#pattern}` and its relatives do to a value. The pattern has `*`, `?` and escapes, which keep it one character. */
export type Change = (value: string, pattern: string) => string;

/** Removes the shortest start that matches. */
export const trimStart: Change = (value, pattern) => value.replace(matcher(pattern, { from: '^' }), '');

/** Removes the longest start that matches. */
export const trimLongStart: Change = (value, pattern) =>
  value.replace(matcher(pattern, { from: '^', isGreedy: true }), '');

/** Removes the shortest end that matches. */
export const trimEnd: Change = (value, pattern) => trimTail(value, pattern, [...ends(value)].reverse());

/** Removes the longest end that matches. */
export const trimLongEnd: Change = (value, pattern) => trimTail(value, pattern, [...ends(value)]);

/** Replaces the first match of a pattern, or all of them. The longest text at a place is a match. */
export function replaceMatches(value: string, pattern: string, by: string, isForAll: boolean): string {
  return value.replace(matcher(pattern, { isGreedy: true, flags: isForAll ? 'g' : '' }), () => by);
}

/** The places where an end of a value may begin, the longest end first. */
function ends(value: string): number[] {
  return Array.from({ length: value.length + 1 }, (_, at) => at);
}

function trimTail(value: string, pattern: string, places: readonly number[]): string {
  const whole = matcher(pattern, { from: '^', to: '$' });
  const at = places.find((place) => whole.test(value.slice(place)));
  return at === undefined ? value : value.slice(0, at);
}

interface Match {
  readonly from?: string;
  readonly to?: string;
  readonly isGreedy?: boolean;
  readonly flags?: string;
}

function matcher(pattern: string, { from = '', to = '', isGreedy = false, flags = '' }: Match): RegExp {
  const body = pattern.replace(/\\([^])|[^]/g, (token, escaped?: string) => {
    if (token === '*') return isGreedy ? '.*' : '.*?';
    return token === '?' ? '.' : (escaped ?? token).replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
  });
  return new RegExp(`${from}${body}${to}`, `${flags}s`);
}
