import { FormatError, quote } from '../json.js';

/** Decides whether a certificate's subject or issuer is the one expected. */
export interface Matcher {
  /** As the option has it, for messages. */
  readonly text: string;
  readonly matches: (value: string) => boolean;
}

export function exactly(text: string): Matcher {
  return { text, matches: (value) => value === text };
}

/**
 * `*` stands for any characters but `/`, `**` for any characters, everything else for itself; the whole value has
 * to match. A pattern that names nothing would accept everybody, so it is refused (`FormatError`).
 */
export function pattern(text: string): Matcher {
  if (/^\**$/.test(text))
    throw new FormatError(`expected a pattern with text of its own, got ${quote(text)}`);
  const source = text
    .split(/(\*+)/)
    .map((part) => (part === '*' ? '[^/]*' : /^\*\*+$/.test(part) ? '.*' : escapeRegExp(part)));
  const expression = new RegExp(`^(?:${source.join('')})$`, 's');
  return { text, matches: (value) => expression.test(value) };
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
