import { compareVersions } from './version.js';

/** A package with an optional version condition, as fields of dependencies have it: `name (>= 1.2)`. */
export interface Relation {
  readonly name: string;
  readonly operator?: '<<' | '<=' | '=' | '>=' | '>>';
  readonly version?: string;
}

/**
 * Reads a dependency field: every entry of the list must be satisfied, by any of its alternatives.
 * https://www.debian.org/doc/debian-policy/ch-relationships.html. Architecture qualifiers are ignored.
 */
export function parseRelations(field: string): Relation[][] {
  return field
    .split(',')
    .map((clause) => clause.split('|').flatMap(parseRelation))
    .filter((clause) => clause.length > 0);
}

/** Reads one alternative; returns an empty list for any other text. */
export function parseRelation(text: string): Relation[] {
  const match =
    /^\s*([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9-]+)?\s*(?:\(\s*(<<|<=|=|>=|>>|<|>)\s*([^)\s]+)\s*\))?/.exec(text);
  if (!match) return [];
  const [, name, operator, version] = match;
  if (!operator) return [{ name }];
  // The obsolete `<` and `>` mean `<=` and `>=`.
  const strict = operator === '<' ? '<=' : operator === '>' ? '>=' : (operator as Relation['operator']);
  return [{ name, operator: strict, version }];
}

/** Tells whether a version satisfies the condition of a relation. */
export function satisfies(version: string, { operator, version: wanted }: Relation): boolean {
  if (operator === undefined || wanted === undefined) return true;
  const difference = compareVersions(version, wanted);
  switch (operator) {
    case '<<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '=':
      return difference === 0;
    case '>=':
      return difference >= 0;
    case '>>':
      return difference > 0;
  }
}

/** Writes a relation as the field has it. */
export function formatRelation({ name, operator, version }: Relation): string {
  return operator === undefined ? name : `${name} (${operator} ${version})`;
}
