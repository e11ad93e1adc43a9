import type { DocumentPath } from '../model.js';

/**
 * Returns the path of the first text with a NUL in a value, keys included. Linux ends a text at a NUL, so that an
 * argument or a path would not be what a reader of the config sees.
 */
export function textWithNul(value: unknown): DocumentPath | undefined {
  if (typeof value === 'string') return value.includes('\0') ? [] : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const step = Array.isArray(value) ? Number(key) : key;
    const path = key.includes('\0') ? [] : textWithNul(item);
    if (path) return [step, ...path];
  }
  return undefined;
}
