import type { Where } from '@nx-linuxkit/errors';
import { SpecError } from '../error.js';
import type { DocumentPath } from '../model.js';
import { ComposeError, compose } from './compose.js';
import { NotYamlError, parseText, type ParsedText } from './events.js';
import { toValue, type MappingNode, type YamlNode } from './node.js';

/** A parsed YAML text: its tree, its value, and the place of each part. */
export interface YamlDocument {
  readonly file: string;
  readonly root: MappingNode;
  readonly value: Record<string, unknown>;
  /** Returns the node at a path; undefined if the document lacks it. */
  node(path: DocumentPath): YamlNode | undefined;
  /** Returns the place of the value at a path, or of its nearest ancestor that has a place. */
  where(path: DocumentPath): Where;
  /** Returns the place of the key that a path ends with. */
  whereKey(path: DocumentPath): Where;
}

/**
 * Parses a text whose document is a mapping. `file` appears in places only; `adapt` may replace the tree before its
 * value is taken. Throws `SpecError`: `bad-yaml`, `bad-document`.
 */
export function parseYaml(
  text: string,
  file: string,
  adapt: (root: MappingNode) => MappingNode = (root) => root,
): YamlDocument {
  const parsed = parse(text, file);
  const locate = locator(parsed, file);
  const root = adapt(rootMapping(parsed, locate));
  return {
    file,
    root,
    value: toValue(root) as Record<string, unknown>,
    node: (path) => find(root, path).node,
    where: (path) => locate(find(root, path).value),
    whereKey: (path) => locate(find(root, path).key),
  };
}

function parse(text: string, file: string): ParsedText {
  try {
    return parseText(text);
  } catch (error) {
    if (!(error instanceof NotYamlError)) throw error;
    const { line, column, hint } = error;
    throw new SpecError('bad-yaml', error.message, { where: { file, line, column }, hint });
  }
}

function rootMapping(parsed: ParsedText, locate: Locate): MappingNode {
  let root: YamlNode | undefined;
  try {
    root = compose(parsed);
  } catch (error) {
    if (error instanceof ComposeError)
      throw new SpecError('bad-yaml', error.message, { where: locate(error.at) });
    throw error;
  }
  if (root?.kind === 'mapping') return root;
  const what =
    root === undefined || (root.kind === 'scalar' && root.value === null)
      ? 'nothing'
      : `a ${root.kind === 'sequence' ? 'list' : 'value'}`;
  throw new SpecError('bad-document', `expected a mapping, got ${what}`, {
    where: locate(root?.at ?? 0),
    hint: 'Write keys and values, at least {}.',
  });
}

interface Found {
  /** Offsets of the key and the value of the last step that exists. */
  readonly key?: number;
  readonly value?: number;
  /** Absent if the document lacks a step of the path. */
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

type Locate = (at: number | undefined) => Where;

function locator({ relaxed, indented }: ParsedText, file: string): Locate {
  let starts: number[] | undefined;
  return (at) => {
    if (at === undefined) return { file };
    starts ??= [0, ...Array.from(relaxed.matchAll(/\r\n|\r|\n/g), (match) => match.index + match[0].length)];
    let line = starts.length;
    while (starts[line - 1] > at) line--;
    return { file, line, column: at - starts[line - 1] + 1 - (indented.get(line - 1) ?? 0) };
  };
}
