/** A paragraph of Debian control data: values by field names in lower case. Folded lines are joined by newlines. */
export type Paragraph = ReadonlyMap<string, string>;

/** Parses paragraphs of `Field: value` lines (deb822(5)). Lines that start with `#` are comments. */
export function* parseParagraphs(lines: Iterable<string>): Iterable<Paragraph> {
  const collector = new ParagraphCollector();
  for (const line of lines) {
    const done = collector.push(line);
    if (done) yield done;
  }
  const last = collector.end();
  if (last) yield last;
}

/** Parses paragraphs line by line, for indexes that are too long for one text. */
export class ParagraphCollector {
  private fields = new Map<string, string>();
  private field = '';

  /** Adds a line. Returns the paragraph that it ends, if it ends one. */
  push(line: string): Paragraph | undefined {
    if (line.trim() === '') return this.end();
    if (line.startsWith('#')) return undefined;
    if (line.startsWith(' ') || line.startsWith('\t')) {
      this.fields.set(this.field, `${this.fields.get(this.field) ?? ''}\n${line.trim()}`);
      return undefined;
    }
    const colon = line.indexOf(':');
    if (colon < 1) return undefined;
    this.field = line.slice(0, colon).toLowerCase();
    this.fields.set(this.field, line.slice(colon + 1).trim());
    return undefined;
  }

  /** Ends the text. Returns the last paragraph, if there is one. */
  end(): Paragraph | undefined {
    if (this.fields.size === 0) return undefined;
    const paragraph = this.fields;
    this.fields = new Map();
    this.field = '';
    return paragraph;
  }
}
