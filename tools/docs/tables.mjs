// Markdown out of JSON schemas.

export const banner = (from) => `<!-- Generated from ${from} by tools/docs.mjs. -->`;

export function table(head, rows) {
  const text = (cell) => String(cell).replaceAll('|', '\\|');
  const line = (cells) => `| ${cells.map(text).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A table of the properties of an options schema, without those that only inference sets. */
export function optionsTable({ properties = {}, required = [], allOf = [] }) {
  const needed = [...required, ...allOf.flatMap((part) => part.required ?? [])];
  const own = Object.entries(properties).filter(([, property]) => property['x-priority'] !== 'internal');
  if (own.length === 0) return 'No options.';
  return table(
    ['option', 'type', 'default', 'meaning'],
    own.map(([name, property]) => [
      `\`${name}\``,
      typeOf(property),
      property.default === undefined ? '' : `\`${JSON.stringify(property.default)}\``,
      `${meaningOf(property)}${needed.includes(name) ? ' Required.' : ''}`,
    ]),
  );
}

/** The description of a property, followed by those of the forms that its value may have. */
export function meaningOf({ description = '', items, properties }) {
  const forms = (items?.oneOf ?? []).map((form) => form.description).filter((text) => text);
  const inner = Object.entries(properties ?? items?.properties ?? {});
  const keys = inner.map(([name, property]) => {
    const text = property.description ?? '';
    return `\`${name}\`${text ? `: ${text.replace(/\.$/, '')}` : ''}`;
  });
  return [description, ...forms, keys.length > 0 ? `Keys: ${keys.join('; ')}.` : '']
    .filter((text) => text)
    .join(' ');
}

export function typeOf(schema) {
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.oneOf) return [...new Set(schema.oneOf.map(typeOf))].join(' or ');
  if (schema.$ref === '#/definitions/globs') return 'list of string';
  if (schema.$ref) return 'string';
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`;
  return [schema.type]
    .flat()
    .map((type) => (type === 'array' ? `list of ${typeOf(schema.items)}` : type))
    .join(' or ');
}
