import { writeWhole } from './write-whole.js';

/** Writes a value as a file of JSON for people and programs; see `writeWhole`. */
export function writeJson(path: string, value: unknown, named?: string): Promise<void> {
  return writeWhole(path, [Buffer.from(`${JSON.stringify(value, null, 2)}\n`)], named);
}
