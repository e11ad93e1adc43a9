import { SpecError } from '../error.js';
import type { YamlDocument } from '../yaml/document.js';
import type { MappingNode, Member, YamlNode } from '../yaml/node.js';
import { resolveScalar } from '../yaml/scalar.js';

/** Gives the value of a variable; undefined for a name that is none, whose text stays. */
export type ValueOf = (name: string) => string | undefined;

/** The keys whose text is about variables, and stays as it is. */
const DECLARING = ['variables', 'variants'];

/** `$${`, which stands for `${`, or a variable. */
const PLACE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Replaces the variables of a text, in one pass: a value that looks like a variable stays. */
export function expandText(text: string, valueOf: ValueOf): string {
  return text.replace(PLACE, (written, name?: string) =>
    name === undefined ? '${' : (valueOf(name) ?? written),
  );
}

/**
 * Replaces the variables in every key and every text of a document. A text without quotes takes the type that its new
 * text has, so that `readonly: ${RO}` can be a boolean. Throws `SpecError` `bad-yaml` where two keys become the same.
 */
export function expandDocument(document: YamlDocument, valueOf: ValueOf): YamlDocument {
  return document.adapted((root) => {
    const expander = new Expander(document, valueOf);
    return expander.mapping(root, DECLARING);
  });
}

class Expander {
  /** Expanded nodes, so that a node shared by aliases is expanded once. */
  private readonly done = new Map<YamlNode, YamlNode>();

  constructor(
    private readonly document: YamlDocument,
    private readonly valueOf: ValueOf,
  ) {}

  mapping(node: MappingNode, kept: readonly string[] = []): MappingNode {
    const members = new Map<string, Member>();
    for (const [written, { at, node: value }] of node.members) {
      const key = expandText(written, this.valueOf);
      if (members.has(key)) {
        throw new SpecError('bad-yaml', `the key "${key}" is given twice`, {
          where: this.document.place(at),
        });
      }
      members.set(key, { at, node: kept.includes(written) ? value : this.node(value) });
    }
    return { ...node, members };
  }

  private node(node: YamlNode): YamlNode {
    const expanded = this.done.get(node) ?? this.expand(node);
    this.done.set(node, expanded);
    return expanded;
  }

  private expand(node: YamlNode): YamlNode {
    if (node.kind === 'mapping') return this.mapping(node);
    if (node.kind === 'sequence') return { ...node, items: node.items.map((item) => this.node(item)) };
    const text = expandText(node.text, this.valueOf);
    if (text === node.text) return node;
    return { ...node, text, value: resolveScalar(text, node.style) ?? text };
  }
}
