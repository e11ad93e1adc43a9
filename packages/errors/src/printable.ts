/** Control characters of ASCII and Latin-1 other than the tab, line ends of Unicode, and what reverses the direction of a text. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * A text as one line that says what it has. Names in images, feeds and answers of servers may have control characters, with which a
 * terminal would move its cursor or hide lines; they become escapes such as `\x1b`.
 */
export function printable(text: string): string {
  return text.replace(CONTROL, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`;
  });
}
