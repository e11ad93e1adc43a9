/** Writes the reference page of a schema: a table of keys for the document, then one for each structure. */
export function referencePage(schema) {
  const structures = Object.entries(schema.definitions).filter(([, { type }]) => type === 'object');
  const sections = structures.map(([name, structure]) => section(`## ${name}`, structure, schema));
  return [
    '<!-- Generated from packages/spec/schema/linuxkit.schema.json by packages/spec/generate.mjs. -->',
    section('# linuxkit.yml', schema, schema),
    'Editors check the file and complete its keys if its first line is:',
    `\`\`\`yaml\n# yaml-language-server: $schema=${schema.$id}\n\`\`\``,
    ...sections,
    '',
  ].join('\n\n');
}

function section(title, { description, properties, required = [] }, schema) {
  const rows = Object.entries(properties).map(([key, property]) => {
    const value = { ...resolve(property, schema), ...property };
    const needed = required.includes(key) ? ' **Required.**' : '';
    return `| \`${key}\` | ${type(property, schema)} | ${format(value.default)} | ${cell(value.description)}${needed} |`;
  });
  return [
    `${title}\n\n${description}\n`,
    '| key | type | default | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function type(property, schema) {
  const ref = property.$ref ?? property.allOf?.[0].$ref;
  const target = resolve(property, schema);
  if (ref && target.type === 'object') return link(ref.split('/').pop());
  if (property.enum) return property.enum.map((value) => `\`${value}\``).join(', ');
  if (property.type === 'array') return `list of ${type(property.items, schema)}`;
  if (property.additionalProperties) return `map of ${type(property.additionalProperties, schema)}`;
  return [target.type].flat().join(' or ');
}

function resolve(property, schema) {
  const ref = property.$ref ?? property.allOf?.[0].$ref;
  return ref ? schema.definitions[ref.split('/').pop()] : property;
}

const link = (name) => `[${name}](#${name.toLowerCase()})`;
const cell = (text) => text.replaceAll('|', '\\|');
const format = (value) => (value === undefined ? '' : `\`${value === '' ? '""' : value}\``);
