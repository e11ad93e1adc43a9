/** What a member of an object may be. A value of another kind is left out. */
export type Kind =
  | 'text'
  | 'texts'
  | 'flag'
  /** A license expression, or a list of them: they name licenses that the document itself defines. */
  | 'license'
  | 'licenses'
  | { readonly among: readonly string[] }
  | { readonly listAmong: readonly string[] }
  | { readonly one: Shape }
  | { readonly list: Shape };

/** The members of an object, by name, and those without which it says nothing. */
export interface Shape {
  readonly fields: Readonly<Record<string, Kind>>;
  readonly required: readonly string[];
}

/** A part of an SPDX document: JSON of a known shape. */
export type Element = Readonly<Record<string, unknown>>;

/** Rewrites a license expression. */
export type RenameLicense = (expression: string) => string;

/**
 * Takes the members of an object that its shape knows, so that whatever is copied from a document of others is valid here.
 * Undefined for a value that is no such object, or that lacks a required member.
 */
export function pick(value: unknown, shape: Shape, rename: RenameLicense = same): Element | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const members = Object.entries(shape.fields).flatMap(([name, kind]) => {
    const member = (value as Record<string, unknown>)[name];
    const taken = member === undefined ? undefined : take(member, kind, rename);
    return taken === undefined ? [] : [[name, taken] as const];
  });
  const element = Object.fromEntries(members);
  return shape.required.every((name) => Object.hasOwn(element, name)) ? element : undefined;
}

const same: RenameLicense = (expression) => expression;

function take(value: unknown, kind: Kind, rename: RenameLicense): unknown {
  if (kind === 'text') return isText(value) ? value : undefined;
  if (kind === 'flag') return typeof value === 'boolean' ? value : undefined;
  if (kind === 'license') return isText(value) ? rename(value) : undefined;
  if (kind === 'texts') return listOf(value, (item) => (isText(item) ? item : undefined));
  if (kind === 'licenses') return listOf(value, (item) => (isText(item) ? rename(item) : undefined));
  if ('among' in kind) return among(value, kind.among);
  if ('listAmong' in kind) return listOf(value, (item) => among(item, kind.listAmong));
  if ('one' in kind) return pick(value, kind.one, rename);
  return listOf(value, (item) => pick(item, kind.list, rename));
}

/** An empty list says nothing, and some lists must not be empty. */
function listOf(value: unknown, of: (item: unknown) => unknown): unknown[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const taken = value.map(of).filter((item) => item !== undefined);
  return taken.length > 0 ? taken : undefined;
}

/** SPDX 2.2 wrote `PACKAGE_MANAGER` where 2.3 has a hyphen, and the other way round. */
function among(value: unknown, words: readonly string[]): string | undefined {
  if (!isText(value)) return undefined;
  return [value, value.replaceAll('_', '-'), value.replaceAll('-', '_')].find((word) => words.includes(word));
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
