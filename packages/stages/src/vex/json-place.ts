import { findNodeAtLocation, parseTree, printParseErrorCode, type ParseError } from 'jsonc-parser';

/** Names and indexes that lead to a value of a JSON document. */
export type JsonPath = readonly (string | number)[];

/** A place in a text; both begin at 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** As JSON.parse reads: no comments, and no comma behind the last value. */
const STRICT = { disallowComments: true, allowTrailingComma: false };

/** Where a value is, or what would hold it. `text` is JSON. */
export function placeOf(text: string, path: JsonPath): Place {
  const root = parseTree(text, [], STRICT);
  for (let length = path.length; root && length > 0; length -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    if (node) return placeAt(text, node.offset);
  }
  return placeAt(text, root?.offset ?? 0);
}

/** Says what is wrong with a text that is no JSON, and where. */
export function syntaxFault(text: string): { readonly what: string; readonly place: Place } {
  const errors: ParseError[] = [];
  parseTree(text, errors, STRICT);
  const [first] = errors;
  const words = first ? printParseErrorCode(first.error) : 'InvalidSymbol';
  const what = words.replace(/(?<!^)[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
  return { what, place: placeAt(text, first?.offset ?? 0) };
}

function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) as string).length + 1 };
}
