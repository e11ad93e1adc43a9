import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { check } from './check.js';
import { nearest } from './nearest.js';
import { buildSchema, linuxkitSchema, type JsonSchema } from './schemas.js';

it('agrees with the generated types and the generated reference page', () => {
  const script = join(__dirname, '../../generate.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});

it.each([linuxkitSchema, buildSchema])('is a JSON Schema: $title', (schema) => {
  const ajv = new Ajv({ allowUnionTypes: true });
  expect(ajv.validateSchema(schema)).toBe(true);
});

describe('every structure', () => {
  const structures = Object.entries({ document: linuxkitSchema, ...linuxkitSchema.definitions });

  it.each(structures)('%s describes itself and its keys, and allows no other', (_, schema: JsonSchema) => {
    expect(schema.description).toMatch(/\.$/);
    if (schema.type !== 'object' || !schema.properties) return;
    expect(schema.additionalProperties).toBe(false);
    for (const property of Object.values(schema.properties ?? {}))
      expect(property.description).toMatch(/\.$/);
  });
});

it('has the 36 keys of a container, and $patch', () => {
  expect(Object.keys(linuxkitSchema.definitions?.Container.properties ?? {})).toHaveLength(37);
});

it.each([
  [true, {}],
  [true, { trust: { image: [], org: [] } }],
  [true, { volumes: [{ name: '' }] }],
  [true, { files: [{}] }],
  [true, { outputs: [{ format: 'tar' }], extends: ['a'], platforms: ['linux/amd64'] }],
  [true, { services: [{ name: 'a', $patch: 'delete' }], files: [{ path: 'a', $patch: 'delete' }] }],
  [true, { services: [{ name: 'a', image: 'b', $patch: 'replace' }] }],
  [true, { variables: { A: null, B: 1, C: { default: true, env: true } }, variants: { a: { B: 2 } } }],
  [false, { services: [{ name: 'a', image: 'b', $patch: 'delete' }] }],
  [false, { services: [{ name: 'a', $patch: 'replace' }] }],
  [false, { services: [{ name: 'a', $patch: 'merge' }] }],
  [false, { files: [{ $patch: 'delete' }] }],
  [false, { variables: { A: [] } }],
  [false, { variables: { A: { defualt: 1 } } }],
  [false, { variants: { a: { B: null } } }],
  [false, { kernel: { foo: '' } }],
  [false, { services: [{ name: 'a' }] }],
  [false, { services: [{ name: 'a', image: 'b', devices: [{ mode: 438 }] }] }],
  [false, { services: [{ name: 'a', image: 'b', sysctl: { a: 1 } }] }],
  [false, { init: {} }],
  [false, { init: null }],
  [false, []],
])('validates as %s: %j', (verdict, document) =>
  expect(check(document, linuxkitSchema).length === 0).toBe(verdict),
);

it.each([
  ['capabilites', ['capabilities', 'capabilities.add'], 'capabilities'],
  ['readOnly', ['readonly', 'readonlyPaths'], 'readonly'],
  ['comand', ['command', 'cwd'], 'command'],
  ['ent', ['env', 'net'], 'env'],
  ['enc', ['env', 'net'], 'env'],
  ['foo', ['env', 'net'], undefined],
  ['daemon', ['services', 'files'], 'services'],
  ['system', ['name'], undefined],
])('the nearest name to %s in %j is %s', (name, known, expected) =>
  expect(nearest(name, known)).toBe(expected),
);
