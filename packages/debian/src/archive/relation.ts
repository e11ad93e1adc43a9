import { compareVersions } from './version.js';

/** One alternative of a dependency: `name (>= 1.2)`. */
export interface Relation {
  readonly name: string;
  readonly operator?: '<<' | '<=' | '=' | '>=' | '>>';
  readonly version?: string;
}

/** A dependency field: all of the list, any of each (Debian Policy 7.1). Architecture qualifiers are dropped. */
export function parseRelations(field: string): Relation[][] {
  return field
    .split(',')
    .map((clause) => clause.split('|').flatMap(parseRelation))
    .filter((clause) => clause.length > 0);
}

export function parseRelation(text: string): Relation[] {
  const match =
    /^\s*([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9-]+)?\s*(?:\(\s*(<<|<=|=|>=|>>|<|>)\s*([^)\s]+)\s*\))?/.exec(text);
  if (!match) return [];
  const [, name, operator, version] = match;
  if (!operator) return [{ name }];
  /** The obsolete `<` and `>` mean `<=` and `>=`. */
  const strict = operator === '<' ? '<=' : operator === '>' ? '>=' : (operator as Relation['operator']);
  return [{ name, operator: strict, version }];
}

/** Whether this version of a package of that name satisfies the relation. */
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

export function formatRelation({ name, operator, version }: Relation): string {
  return operator === undefined ? name : `${name} (${operator} ${version})`;
}
