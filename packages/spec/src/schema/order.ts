import { resolveSchema, type JsonSchema } from './schemas.js';

/**
 * Orders the keys of all mappings as the schema does, which is the order of LinuxKit's own structures. Keys that are
 * undefined are left out. `compare` orders a map, whose keys the schema does not know, such as `sysctl`.
 */
export function orderKeys(
  value: unknown,
  reference: JsonSchema,
  from: JsonSchema,
  compare?: (a: string, b: string) => number,
): unknown {
  const { schema, root } = resolveSchema(reference, from);
  if (Array.isArray(value)) return value.map((item) => orderKeys(item, schema.items ?? {}, root, compare));
  if (typeof value !== 'object' || value === null) return value;
  const properties = schema.properties ?? {};
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (compare && typeof schema.additionalProperties === 'object')
    return new Map(entries.sort(([a], [b]) => compare(a, b)));
  const rank = new Map(Object.keys(properties).map((key, index) => [key, index]));
  return Object.fromEntries(
    entries
      .sort(([a], [b]) => (rank.get(a) ?? rank.size) - (rank.get(b) ?? rank.size))
      .map(([key, item]) => [key, orderKeys(item, properties[key] ?? {}, root, compare)]),
  );
}
