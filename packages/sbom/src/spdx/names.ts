import { createHash } from 'node:crypto';

/** Enough hexadecimal digits to keep the parts of a document apart. */
const DIGITS = 12;

/** The text of a hash that tells parts apart. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, DIGITS);
}

/** An identifier of SPDX: letters, digits, `.` and `-`. Other characters are replaced, and a hash keeps texts apart. */
export function spdxId(...words: readonly string[]): string {
  const text = words.join('-');
  const clean = text.replace(/[^A-Za-z0-9.-]/g, '-');
  return `SPDXRef-${clean}${clean === text ? '' : `-${shortHash(text)}`}`;
}

/** The names that the parts of one document get in another one, where each document has a word of its own. */
export class Names {
  private readonly licenses: ReadonlySet<string>;

  constructor(
    private readonly word: string,
    /** What each element is called in the document; other elements have no name. */
    private readonly elements: ReadonlyMap<string, string>,
    licenses: Iterable<string>,
  ) {
    this.licenses = new Set(licenses);
  }

  /** The new identifier that an element of the document has. */
  own(id: string): string {
    return this.elements.get(id) as string;
  }

  /** The new identifier of an element that is named, or of nothing. Undefined for an element that the document does not have. */
  element(id: string): string | undefined {
    return id === 'NONE' || id === 'NOASSERTION' ? id : this.elements.get(id);
  }

  /** A license expression with the document's own licenses renamed. One that names unknown licenses asserts nothing. */
  readonly license = (expression: string): string => {
    const own = expression.match(/LicenseRef-[A-Za-z0-9.-]+/g) ?? [];
    if (expression.includes('DocumentRef-') || own.some((name) => !this.licenses.has(name)))
      return 'NOASSERTION';
    return expression.replace(/LicenseRef-(?=[A-Za-z0-9.-])/g, `LicenseRef-${this.word}-`);
  };
}
