/** An element of an XML document: its text, or the elements in it. */
export interface Element {
  readonly name: string;
  readonly text: string;
  readonly children: readonly Element[];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
/** A tag, its name without a prefix, and whether it closes or is empty; declarations and comments have no name. */
const TAG = /<(?:[?!][^>]*|(\/?)(?:[\w.-]+:)?([\w.-]+)(?:\s[^>]*?)?(\/?))>/g;

/** Reads the XML of AWS and Azure, which has no CDATA and whose attributes say nothing. Text that is no XML has no elements. */
export function parseXml(xml: string): Element {
  const root: Mutable = { name: '', text: '', children: [] };
  const open = [root];
  let end = 0;
  for (const match of xml.matchAll(TAG)) {
    const [tag, closes, name, isEmpty] = match;
    const current = open[open.length - 1]!;
    current.text += xml.slice(end, match.index);
    end = match.index + tag.length;
    if (name === undefined) continue;
    if (closes) {
      if (open.length > 1) open.pop();
      continue;
    }
    const element: Mutable = { name, text: '', children: [] };
    current.children.push(element);
    if (!isEmpty) open.push(element);
  }
  return finished(root);
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

function finished({ name, text, children }: Mutable): Element {
  return { name, text: decoded(text.trim()), children: children.map(finished) };
}

function decoded(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (decimal) return String.fromCodePoint(Number(decimal));
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    return ENTITIES[name] ?? whole;
  });
}
