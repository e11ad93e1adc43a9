import { resolveSchema, type JsonSchema } from './schemas.js';

/**
 * A value with the keys of its mappings in the order of the schema, which is that of LinuxKit's own
 * structures. Keys that are undefined are left out.
 */
export function orderKeys(value: unknown, reference: JsonSchema, from: JsonSchema): unknown {
  const { schema, root } = resolveSchema(reference, from);
  if (Array.isArray(value)) return value.map((item) => orderKeys(item, schema.items ?? {}, root));
  if (typeof value !== 'object' || value === null) return value;
  const properties = schema.properties ?? {};
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  const rank = new Map(Object.keys(properties).map((key, index) => [key, index]));
  return Object.fromEntries(
    entries
      .sort(([a], [b]) => (rank.get(a) ?? rank.size) - (rank.get(b) ?? rank.size))
      .map(([key, item]) => [key, orderKeys(item, properties[key] ?? {}, root)]),
  );
}
