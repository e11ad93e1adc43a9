import { SpecError } from '../error.js';

/**
 * Reads the values of `--set`: a list of `NAME=value`, of which the last one of a name wins, or a mapping. A value may
 * have any character, `=` too. Throws `SpecError` `bad-value` for a text without a name and `=`.
 */
export function parseAssignments(
  given: string | readonly string[] | Readonly<Record<string, unknown>>,
): Record<string, string> {
  if (typeof given !== 'string' && !isList(given)) {
    return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
  }
  return Object.fromEntries([given].flat().map(parseAssignment));
}

function parseAssignment(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new SpecError('bad-value', `--set: expected NAME=value, got ${JSON.stringify(text)}`, {
    hint: 'Write the name of a variable, an equals sign and its value: `--set KERNEL=6.6.71`.',
  });
}

function isList(given: unknown): given is readonly string[] {
  return Array.isArray(given);
}
