/** A paragraph of Debian control data: values by field names in lower case. Folded lines are joined by newlines. */
export type Paragraph = ReadonlyMap<string, string>;

/** Parses paragraphs of `Field: value` lines (deb822(5)). Lines that start with `#` are comments. */
export function* parseParagraphs(lines: Iterable<string>): Iterable<Paragraph> {
  let fields = new Map<string, string>();
  let field = '';
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (line.trim() === '') {
      if (fields.size > 0) yield fields;
      fields = new Map();
      field = '';
    } else if (line.startsWith('#')) {
      continue;
    } else if (line.startsWith(' ') || line.startsWith('\t')) {
      fields.set(field, `${fields.get(field) ?? ''}\n${line.trim()}`);
    } else if (colon > 0) {
      field = line.slice(0, colon).toLowerCase();
      fields.set(field, line.slice(colon + 1).trim());
    }
  }
  if (fields.size > 0) yield fields;
}
