import {
  EVENT_ID,
  SCALAR_STYLE,
  getScalarValue,
  type Event,
  type ScalarEvent,
  type SequenceEvent,
  type MappingEvent,
} from 'js-yaml';
import type { ParsedText } from './events.js';
import type { MappingNode, Member, ScalarNode, YamlNode } from './node.js';
import { resolveScalar } from './scalar.js';

/** A document that is valid YAML but cannot be used. `at` is the offset of the fault. */
export class ComposeError extends Error {
  constructor(
    readonly at: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Builds a tree of nodes with offsets from the first document of a parsed text; undefined if the text has no
 * document. Later documents are ignored, as in LinuxKit. Aliases and merge keys (`<<`) are resolved.
 */
export function compose({ events, relaxed }: ParsedText): YamlNode | undefined {
  return events.length === 0 ? undefined : new Composer(relaxed, events).node();
}

class Composer {
  private readonly anchors = new Map<string, YamlNode | 'open'>();
  /** Index of the next event. Event 0 is the start of the document. */
  private next = 1;

  constructor(
    private readonly text: string,
    private readonly events: readonly Event[],
  ) {}

  node(): YamlNode {
    const event = this.events[this.next++];
    switch (event.type) {
      case EVENT_ID.ALIAS:
        return this.alias(event.anchorStart, event.anchorEnd);
      case EVENT_ID.SCALAR:
        return this.anchored(event, () => this.scalar(event));
      case EVENT_ID.SEQUENCE:
        return this.anchored(event, () => ({ kind: 'sequence', at: event.start, items: this.items() }));
      case EVENT_ID.MAPPING:
        return this.anchored(event, () => this.mapping(event));
      default:
        throw new ComposeError(0, 'the document ends too early');
    }
  }

  private anchored(event: ScalarEvent | SequenceEvent | MappingEvent, compose: () => YamlNode): YamlNode {
    if (event.anchorStart < 0) return compose();
    const name = this.text.slice(event.anchorStart, event.anchorEnd);
    this.anchors.set(name, 'open');
    const node = compose();
    this.anchors.set(name, node);
    return node;
  }

  private alias(start: number, end: number): YamlNode {
    const name = this.text.slice(start, end);
    const node = this.anchors.get(name);
    if (node === undefined) throw new ComposeError(start - 1, `no anchor "${name}" comes before this alias`);
    if (node === 'open') throw new ComposeError(start - 1, `anchor "${name}" contains itself`);
    return node;
  }

  private scalar(event: ScalarEvent): ScalarNode {
    const text = this.scalarText(event);
    const plain = event.style === SCALAR_STYLE.PLAIN;
    const tag = shortTag(this.text.slice(Math.max(event.tagStart, 0), Math.max(event.tagEnd, 0)));
    const value = resolveScalar(text, { plain, tag });
    if (value === undefined) throw new ComposeError(event.tagStart, `"${text}" is not of the type ${tag}`);
    return { kind: 'scalar', at: startOf(event), text, value, style: { plain, tag } };
  }

  /** As in yaml.v3, a block at the end of a file without a final line break has no line break at its end. */
  private scalarText(event: ScalarEvent): string {
    const text = getScalarValue(this.text, event);
    const cutOff = isBlock(event) && event.valueEnd === this.text.length && !/[\r\n]$/.test(this.text);
    return cutOff ? text.replace(/\n$/, '') : text;
  }

  private items(): YamlNode[] {
    const items: YamlNode[] = [];
    while (!this.ends()) items.push(this.node());
    return items;
  }

  private mapping({ start }: MappingEvent): MappingNode {
    const own = new Map<string, Member>();
    const merged: MappingNode[] = [];
    while (!this.ends()) {
      const isMerge = this.isMergeKey();
      const key = this.node();
      const at = key.at ?? start;
      const node = this.node();
      if (isMerge) merged.push(...mergeSources(node, at));
      else if (key.kind !== 'scalar') throw new ComposeError(at, 'a key must be a string');
      else if (own.has(key.text)) throw new ComposeError(at, `the key "${key.text}" is given twice`);
      else own.set(key.text, { at, node });
    }
    return { kind: 'mapping', at: start, members: mergeMembers(own, merged) };
  }

  private isMergeKey(): boolean {
    const event = this.events[this.next];
    if (event.type !== EVENT_ID.SCALAR || event.style !== SCALAR_STYLE.PLAIN || event.tagStart >= 0)
      return false;
    return getScalarValue(this.text, event) === '<<';
  }

  /** Consumes the end of a collection, if it is the next event, and returns whether it was. */
  private ends(): boolean {
    if (this.events[this.next].type !== EVENT_ID.POP) return false;
    this.next++;
    return true;
  }
}

/** Returns the mappings that a merge key names: one mapping, or a list in which the earlier ones win. */
function mergeSources(node: YamlNode, at: number): MappingNode[] {
  const sources = node.kind === 'sequence' ? node.items : [node];
  return sources.map((source) => {
    if (source.kind === 'mapping') return source;
    throw new ComposeError(at, 'the merge key << takes a mapping or a list of mappings');
  });
}

/** Adds merged keys to a mapping. A key of the mapping itself wins, wherever the merge key stands. */
function mergeMembers(own: Map<string, Member>, merged: readonly MappingNode[]): Map<string, Member> {
  for (const { members } of merged) {
    for (const [key, member] of members) if (!own.has(key)) own.set(key, member);
  }
  return own;
}

/** Returns the offset of a scalar; undefined for a block scalar, so that a message points to its key instead. */
function startOf(event: ScalarEvent): number | undefined {
  if (event.valueStart < 0 || isBlock(event)) return undefined;
  return event.style === SCALAR_STYLE.PLAIN ? event.valueStart : event.valueStart - 1;
}

function isBlock({ style }: ScalarEvent): boolean {
  return style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;
}

function shortTag(tag: string): string {
  return tag
    .replace(/^!<(.*)>$/, '$1')
    .replace(/^tag:yaml\.org,2002:/, '!!')
    .replace(/^!$/, '');
}
