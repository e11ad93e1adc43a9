import type { MappingNode, Member, YamlNode } from '../yaml/node.js';
import { linuxkitSchema, resolveSchema, type JsonSchema } from './schemas.js';

/**
 * Structures of the OCI runtime specification, in which both spellings of a key mean the same here. LinuxKit
 * validates the keys in camelCase, and then decodes only those in lower case.
 */
const LOWER_CASE_TOO = new Set(
  [
    'Resources',
    'Memory',
    'Cpu',
    'BlockIo',
    'WeightDevice',
    'HugepageLimit',
    'NetworkLimits',
    'IdMapping',
    'Mount',
  ].map((name) => linuxkitSchema.definitions?.[name]),
);

/** Keys that LinuxKit's schema and the OCI runtime specification spell differently. */
const OCI_SPELLING = new Map([
  ['blockIO', 'blockio'],
  ['uidMappings', 'uidmappings'],
  ['gidMappings', 'gidmappings'],
]);

interface AdaptOptions {
  /** Read a number or a boolean as its text where the schema wants a string. */
  readonly scalarsAsText?: boolean;
}

/** Returns the tree of a document with its keys spelled as in the schema. */
export function adapt(root: MappingNode, schema: JsonSchema, options: AdaptOptions = {}): MappingNode {
  return new Adapter(options).mapping(root, schema, schema);
}

class Adapter {
  /** Adapted nodes by schema, so that a node shared by aliases is adapted once. */
  private readonly done = new Map<JsonSchema, Map<YamlNode, YamlNode>>();

  constructor(private readonly options: AdaptOptions) {}

  mapping(node: MappingNode, schema: JsonSchema, root: JsonSchema): MappingNode {
    const properties = schema.properties ?? {};
    const members = new Map<string, Member>();
    for (const [written, { at, node: value }] of node.members) {
      const key = LOWER_CASE_TOO.has(schema) ? canonicalKey(written, properties) : written;
      const free = key === written || !node.members.has(key);
      const property = properties[key] ?? schema.additionalProperties;
      const adapted = typeof property === 'object' ? this.node(value, property, root) : value;
      members.set(free ? key : written, { at, node: adapted });
    }
    return { ...node, members };
  }

  private node(node: YamlNode, reference: JsonSchema, from: JsonSchema): YamlNode {
    const { schema, root } = resolveSchema(reference, from);
    const done = this.done.get(schema) ?? new Map<YamlNode, YamlNode>();
    this.done.set(schema, done);
    const known = done.get(node);
    if (known) return known;
    const adapted = this.adaptNode(node, schema, root);
    done.set(node, adapted);
    return adapted;
  }

  private adaptNode(node: YamlNode, schema: JsonSchema, root: JsonSchema): YamlNode {
    if (node.kind === 'mapping') return this.mapping(node, schema, root);
    if (node.kind === 'sequence') {
      const { items } = schema;
      return items ? { ...node, items: node.items.map((item) => this.node(item, items, root)) } : node;
    }
    const asText = this.options.scalarsAsText && schema.type === 'string' && node.value !== null;
    return asText ? { ...node, value: node.text } : node;
  }
}

function canonicalKey(key: string, properties: Readonly<Record<string, JsonSchema>>): string {
  const respelled = OCI_SPELLING.get(key);
  if (respelled !== undefined && respelled in properties) return respelled;
  if (Object.hasOwn(properties, key)) return key;
  return Object.keys(properties).find((name) => name.toLowerCase() === key) ?? key;
}
