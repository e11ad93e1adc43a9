/** An element of an XML document: its text, or the elements in it. */
export interface Element {
  readonly name: string;
  readonly text: string;
  readonly children: readonly Element[];
}

const ENTITIES: ReadonlyMap<string, string> = new Map(
  Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }),
);
/** The inside of a tag: its name without a prefix, and whether it closes. Declarations and comments have no name. */
const TAG = /^(\/?)(?:[\w.-]+:)?([\w.-]+)(?=[\s/]|$)/;
/** The last character of Unicode. */
const LAST_CHARACTER = 0x10ffff;

/**
 * Reads the XML of AWS and Azure, which has no CDATA and whose attributes say nothing. Text that is no XML has no elements. Takes
 * time in proportion to the text, and nests as deep as the text does: a proxy may have written it.
 */
export function parseXml(xml: string): Element {
  const root: Mutable = { name: '', text: '', children: [] };
  const open = [root];
  let end = 0;
  for (;;) {
    const start = xml.indexOf('<', end);
    const close = start < 0 ? -1 : xml.indexOf('>', start);
    if (close < 0) break;
    const current = open[open.length - 1]!;
    current.text += xml.slice(end, start);
    end = close + 1;
    const inside = xml.slice(start + 1, close);
    const [, closes, name] = TAG.exec(inside) ?? [];
    if (name === undefined) continue;
    if (closes) {
      if (open.length > 1) finish(open.pop()!);
      continue;
    }
    const element: Mutable = { name, text: '', children: [] };
    current.children.push(element);
    if (!inside.endsWith('/')) open.push(element);
  }
  open.forEach(finish);
  return root;
}

/** The elements at a path below an element; a path names one step after the other. */
export function elementsAt({ children }: Element, ...path: readonly string[]): readonly Element[] {
  const [step, ...rest] = path;
  const found = children.filter(({ name }) => name === step);
  return rest.length === 0 ? found : found.flatMap((element) => elementsAt(element, ...rest));
}

/** The text of the first element at a path; '' where there is none. */
export function textAt(element: Element, ...path: readonly string[]): string {
  return elementsAt(element, ...path)[0]?.text ?? '';
}

interface Mutable {
  readonly name: string;
  text: string;
  readonly children: Mutable[];
}

function finish(element: Mutable): void {
  element.text = decoded(element.text.trim());
}

/** Resolves references; one that names no character stays as it is written. */
function decoded(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES.get(name) ?? whole;
    const character = decimal === undefined ? parseInt(hex, 16) : Number(decimal);
    return character <= LAST_CHARACTER ? String.fromCodePoint(character) : whole;
  });
}
