import type { Scalar } from './scalar.js';

/** Offset of a node in the text; absent for an empty value, which is nowhere. */
interface Placed {
  readonly at?: number;
}

export interface ScalarNode extends Placed {
  readonly kind: 'scalar';
  /** As written, without quotes and escapes. */
  readonly text: string;
  readonly value: Scalar;
}

interface SequenceNode extends Placed {
  readonly kind: 'sequence';
  readonly items: readonly YamlNode[];
}

export interface Member {
  /** Offset of the key. */
  readonly at: number;
  readonly node: YamlNode;
}

export interface MappingNode extends Placed {
  readonly kind: 'mapping';
  readonly members: ReadonlyMap<string, Member>;
}

/** An alias is the node of its anchor itself, so that a document of aliases stays as small as its text. */
export type YamlNode = ScalarNode | SequenceNode | MappingNode;

/** The plain value of a node. Nodes that aliases share give shared values. */
export function toValue(node: YamlNode, seen = new Map<YamlNode, unknown>()): unknown {
  if (node.kind === 'scalar') return node.value;
  const known = seen.get(node);
  if (known !== undefined) return known;
  const value =
    node.kind === 'sequence'
      ? node.items.map((item) => toValue(item, seen))
      : // No prototype can be set by a key named __proto__.
        Object.fromEntries([...node.members].map(([key, member]) => [key, toValue(member.node, seen)]));
  seen.set(node, value);
  return value;
}
