import type { Scalar, ScalarStyle } from './scalar.js';

interface Placed {
  /** Offset in the text; absent for an empty value, which has no characters. */
  readonly at?: number;
}

export interface ScalarNode extends Placed {
  readonly kind: 'scalar';
  /** The text with quotes removed and escapes resolved. */
  readonly text: string;
  readonly value: Scalar;
  /** How the text becomes the value. */
  readonly style: ScalarStyle;
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

/** A node of the tree. An alias is the same object as its anchor, so that aliases cannot make the tree grow. */
export type YamlNode = ScalarNode | SequenceNode | MappingNode;

/** Converts a node to a JavaScript value. Aliases share one value, as they share one node. */
export function toValue(node: YamlNode, seen = new Map<YamlNode, unknown>()): unknown {
  if (node.kind === 'scalar') return node.value;
  const known = seen.get(node);
  if (known !== undefined) return known;
  const value =
    node.kind === 'sequence'
      ? node.items.map((item) => toValue(item, seen))
      : // fromEntries makes a key named __proto__ an own property, so a document cannot set a prototype.
        Object.fromEntries([...node.members].map(([key, member]) => [key, toValue(member.node, seen)]));
  seen.set(node, value);
  return value;
}
