import type { Where } from '@nx-linuxkit/errors';
import { SpecError } from '../error.js';
import type { DocumentPath } from '../model.js';
import { ComposeError, compose } from './compose.js';
import { NotYamlError, parseText, type ParsedText } from './events.js';
import { toValue, type MappingNode, type YamlNode } from './node.js';

/** A YAML text as a tree, with the place of everything in it. */
export interface YamlDocument {
  readonly file: string;
  readonly root: MappingNode;
  readonly value: Record<string, unknown>;
  /** The node of a path, if there is one. */
  node(path: DocumentPath): YamlNode | undefined;
  /** Place of the value of a path, or of its nearest ancestor that has one. */
  where(path: DocumentPath): Where;
  /** Place of the key of a path that ends in one. */
  whereKey(path: DocumentPath): Where;
}

/** Reads a text whose content is a mapping; `adapt` may change the tree before it is used. */
export function parseYaml(
  text: string,
  file: string,
  adapt: (root: MappingNode) => MappingNode = (root) => root,
): YamlDocument {
  const parsed = parse(text, file);
  const place = places(parsed, file);
  const root = adapt(rootMapping(parsed, place));
  return {
    file,
    root,
    value: toValue(root) as Record<string, unknown>,
    node: (path) => find(root, path).node,
    where: (path) => place(find(root, path).value),
    whereKey: (path) => place(find(root, path).key),
  };
}

function parse(text: string, file: string): ParsedText {
  try {
    return parseText(text);
  } catch (error) {
    if (!(error instanceof NotYamlError)) throw error;
    const { line, column } = error;
    throw new SpecError('bad-yaml', error.message, { where: { file, line, column } });
  }
}

function rootMapping(parsed: ParsedText, place: Place): MappingNode {
  let root: YamlNode | undefined;
  try {
    root = compose(parsed);
  } catch (error) {
    if (error instanceof ComposeError)
      throw new SpecError('bad-yaml', error.message, { where: place(error.at) });
    throw error;
  }
  if (root?.kind === 'mapping') return root;
  const what =
    root === undefined || (root.kind === 'scalar' && root.value === null)
      ? 'nothing'
      : `a ${root.kind === 'sequence' ? 'list' : 'value'}`;
  throw new SpecError('bad-document', `expected a mapping, got ${what}`, {
    where: place(root?.at ?? 0),
    hint: 'Write keys and values, at least {}.',
  });
}

interface Found {
  /** Offsets of the key and the value of the last step that exists. */
  readonly key?: number;
  readonly value?: number;
  /** Absent if a step does not exist. */
  readonly node?: YamlNode;
}

function find(root: YamlNode, path: DocumentPath): Found {
  let found: Found & { node: YamlNode } = { key: root.at, value: root.at, node: root };
  for (const step of path) {
    const next = child(found.node, step);
    if (!next) return { key: found.key, value: found.value };
    const value = next.node.at ?? next.at ?? found.value;
    found = { key: next.at ?? value, value, node: next.node };
  }
  return found;
}

function child(node: YamlNode, step: string | number): { at?: number; node: YamlNode } | undefined {
  if (node.kind === 'mapping') return node.members.get(String(step));
  const item = node.kind === 'sequence' ? node.items[Number(step)] : undefined;
  return item && { node: item };
}

type Place = (at: number | undefined) => Where;

function places({ relaxed, indented }: ParsedText, file: string): Place {
  let starts: number[] | undefined;
  return (at) => {
    if (at === undefined) return { file };
    starts ??= [0, ...Array.from(relaxed.matchAll(/\r\n|\r|\n/g), (match) => match.index + match[0].length)];
    let line = starts.length;
    while (starts[line - 1] > at) line--;
    return { file, line, column: at - starts[line - 1] + 1 - (indented.get(line - 1) ?? 0) };
  };
}
