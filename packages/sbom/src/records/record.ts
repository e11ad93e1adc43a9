import type { FoundPackage } from '../facts.js';

/** A package as a file names it; the file's path and the distribution are known outside of it. */
export type NamedPackage = Omit<FoundPackage, 'path' | 'distribution'>;

/**
 * A text without what is around it; undefined for any other value, and for an empty text. An escape in JSON may be half a
 * character, which no URL can hold: U+FFFD takes its place.
 */
export function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== ''
    ? Buffer.from(value.trim()).toString('utf8')
    : undefined;
}

/** The members of an object, for JSON of others. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
