/** A part of a JSON text that is not read as a whole. */
export type JsonPiece =
  /** An element of the outermost list. */
  | { readonly kind: 'element'; readonly text: string; readonly line: number }
  /** A member of an outermost object, as an object of one member. */
  | { readonly kind: 'member'; readonly text: string; readonly line: number }
  /** The end of an outermost object. */
  | { readonly kind: 'end'; readonly line: number };

/** What is wrong with a text that cannot be cut. */
export class JsonPieceError extends Error {
  constructor(
    message: string,
    /** From 1. */
    readonly line: number,
  ) {
    super(message);
  }
}

const [QUOTE, BACKSLASH, COMMA, NEWLINE] = [...'"\\,\n'].map((one) => one.charCodeAt(0));
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [...'{}[]'].map((one) => one.charCodeAt(0));
/** Space, tab, line ends, and the bytes of a byte order mark. */
const BLANK = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);

/**
 * Cuts JSON texts, one after the other as in JSON lines, into the elements of an outermost list or the members of outermost
 * objects. Holds one piece of at most `limit` bytes. Throws JsonPieceError for what is no list and no object, for a larger piece,
 * and for a text that ends too early; whether a piece is JSON is not looked at.
 */
export async function* jsonPieces(
  bytes: AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<JsonPiece> {
  const held: Uint8Array[] = [];
  let [heldSize, depth, line, begun] = [0, 0, 1, 1];
  let [isInText, isEscaped, isList, isEmpty] = [false, false, false, true];
  const piece = (rest: Uint8Array): JsonPiece => {
    const text = Buffer.concat([...held.splice(0), rest]).toString('utf8');
    [heldSize, isEmpty] = [0, true];
    return isList
      ? { kind: 'element', text, line: begun }
      : { kind: 'member', text: `{${text}}`, line: begun };
  };
  for await (const chunk of bytes) {
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (byte === NEWLINE) line += 1;
      if (isInText) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) isInText = false;
        continue;
      }
      if (BLANK.has(byte)) continue;
      if (depth === 0) {
        if (byte !== OPEN_LIST && byte !== OPEN_OBJECT)
          throw new JsonPieceError('expected a list or an object', line);
        [depth, isList, isEmpty, start, begun] = [1, byte === OPEN_LIST, true, i + 1, line];
        continue;
      }
      const isEnd = depth === 1 && (byte === CLOSE_LIST || byte === CLOSE_OBJECT);
      if (isEnd || (depth === 1 && byte === COMMA)) {
        if (!isEmpty) yield piece(chunk.subarray(start, i));
        [start, isEmpty] = [i + 1, true];
        if (!isEnd) continue;
        depth = 0;
        if (!isList) yield { kind: 'end', line };
        continue;
      }
      if (isEmpty) [isEmpty, begun, start] = [false, line, i];
      if (byte === QUOTE) isInText = true;
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth += 1;
      else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1;
    }
    if (depth === 0 || isEmpty) continue;
    heldSize += chunk.length - start;
    if (heldSize > limit) throw new JsonPieceError(`an entry has more than ${limit} bytes`, begun);
    held.push(Uint8Array.from(chunk.subarray(start)));
  }
  if (depth > 0 || isInText) throw new JsonPieceError('the text ends within an entry', line);
}
