import type { MappingNode, Member, YamlNode } from '../yaml/node.js';
import { resolveSchema, type JsonSchema } from './schemas.js';

/** YAML 1.1's other spellings of booleans. */
const BOOLEANS = new Map(
  Object.entries({ y: true, yes: true, on: true, n: false, no: false, off: false }).flatMap(([text, value]) =>
    [text, text.toUpperCase(), text[0].toUpperCase() + text.slice(1)].map((form) => [form, value] as const),
  ),
);

/**
 * Returns a document's tree with the values that Go's yaml.v3 decodes into typed structures, as LinuxKit does with a
 * build.yml: `yes`, `on` and their opposites where the schema wants a boolean, the text of a number or a boolean where
 * it wants a string, an empty list for a list without a value. Any other key without a value is left out, so that its
 * default applies. Keys that the schema does not know stay as they are.
 * Source: https://pkg.go.dev/gopkg.in/yaml.v3#section-readme (compatibility).
 */
export function decodeAsGo(root: MappingNode, schema: JsonSchema): MappingNode {
  return new Decoder().mapping(root, schema, schema);
}

class Decoder {
  /** Decoded nodes by schema, so that a node shared by aliases is decoded once. */
  private readonly done = new Map<JsonSchema, Map<YamlNode, YamlNode>>();

  mapping(node: MappingNode, schema: JsonSchema, root: JsonSchema): MappingNode {
    const members = new Map<string, Member>();
    for (const [key, { at, node: value }] of node.members) {
      const property = schema.properties?.[key] ?? schema.additionalProperties;
      const decoded = typeof property === 'object' ? this.node(value, property, root) : value;
      if (typeof property !== 'object' || !isEmpty(decoded)) members.set(key, { at, node: decoded });
    }
    return { ...node, members };
  }

  private node(node: YamlNode, reference: JsonSchema, from: JsonSchema): YamlNode {
    const { schema, root } = resolveSchema(reference, from);
    const done = this.done.get(schema) ?? new Map<YamlNode, YamlNode>();
    this.done.set(schema, done);
    const decoded = done.get(node) ?? this.decode(node, schema, root);
    done.set(node, decoded);
    return decoded;
  }

  private decode(node: YamlNode, schema: JsonSchema, root: JsonSchema): YamlNode {
    if (node.kind === 'mapping') return this.mapping(node, schema, root);
    if (node.kind === 'sequence') {
      const { items } = schema;
      return items ? { ...node, items: node.items.map((item) => this.node(item, items, root)) } : node;
    }
    if (node.value === null)
      return schema.type === 'array' ? { kind: 'sequence', at: node.at, items: [] } : node;
    if (schema.type === 'string') return { ...node, value: node.text };
    if (schema.type === 'boolean') return { ...node, value: BOOLEANS.get(node.text) ?? node.value };
    return node;
  }
}

function isEmpty(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}
