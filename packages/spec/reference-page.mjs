/** Writes the reference page of a schema: a table of keys for the document, then one for each structure. */
export function referencePage(schema) {
  const structures = Object.entries(schema.definitions).filter(
    ([, { type, properties }]) => isObject(type) && properties,
  );
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
  if (target.else) return `${type(target.else, schema)} or ${type(target.then, schema)}`;
  if (ref && isObject(target.type) && target.properties) return link(ref.split('/').pop());
  if (property.enum) return property.enum.map((value) => `\`${value}\``).join(', ');
  if (property.type === 'array') return `list of ${type(property.items, schema)}`;
  if (target.additionalProperties) return `map of ${type(target.additionalProperties, schema)}`;
  return [target.type].flat().join(' or ');
}

function resolve(property, schema) {
  const ref = property.$ref ?? property.allOf?.[0].$ref;
  return ref ? schema.definitions[ref.split('/').pop()] : property;
}

const isObject = (type) => [type].flat().includes('object');
const link = (name) => `[${name}](#${name.toLowerCase()})`;
const cell = (text) => text.replaceAll('|', '\\|');
const format = (value) => (value === undefined ? '' : `\`${value === '' ? '""' : value}\``);
