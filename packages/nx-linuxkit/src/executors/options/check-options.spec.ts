import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootProperties, bootTestProperties } from '@nx-linuxkit/machine';
import { describe as describeError } from '@nx-linuxkit/errors';
import { combineOptionsForExecutor } from 'nx/src/utils/params';
import { checkOptions } from './check-options.js';
import { schemaOf, type OptionSchema } from './schema.js';

const PACKAGE = join(__dirname, '../../..');
const readJson = (path: string) => JSON.parse(readFileSync(join(PACKAGE, path), 'utf8'));
const { executors } = readJson('executors.json') as { executors: Record<string, { schema: string }> };
/** `invalid` says what is wrong with a YAML whatever its options are. */
const EXECUTORS = Object.keys(executors).filter((name) => name !== 'invalid');
const TARGET = { projectName: 'my-os', targetName: 'boot' };

/** Options as an executor gets them: through Nx's coercion, defaults and check. */
function throughNx(executor: string, options: object): Record<string, unknown> {
  const schema = structuredClone(readJson(executors[executor].schema));
  return combineOptionsForExecutor(options as never, '', { options: {} }, schema, 'my-os', '.', false);
}

/** What an inferred target has beside a person's options. */
function inferred(executor: string): Record<string, unknown> {
  const required = (schemaOf(executor).allOf ?? []).flatMap((part) => part.required ?? []);
  const { properties } = schemaOf(executor);
  return Object.fromEntries(required.map((name) => [name, good(properties[name])]));
}

function good(schema: OptionSchema): unknown {
  const types = [schema.type ?? []].flat();
  // Nx makes a list of a text where a list is possible.
  const type = types.includes('array') ? 'array' : types[0];
  if (schema.enum) return schema.enum[0];
  if (schema.const !== undefined) return schema.const;
  const { properties = {}, required = [] } = schema;
  const values: Record<string, () => unknown> = {
    integer: () => schema.minimum ?? 1,
    number: () => 1,
    boolean: () => true,
    array: () => [good((schema.items?.oneOf?.[0] ?? schema.items)!)],
    object: () => Object.fromEntries(required.map((name) => [name, good(properties[name])])),
  };
  return type !== undefined && values[type] ? values[type]() : 'text';
}

/** Values of every type that an option does not have. */
function badValues(schema: OptionSchema): unknown[] {
  const types = [schema.type ?? []].flat();
  const takesText = types.some((type) => ['string', 'array'].includes(type)) && !schema.enum;
  return [
    null,
    ...(types.includes('boolean') ? [] : [true]),
    ...(types.includes('object') ? [] : [{ no: 'option' }]),
    ...(types.includes('array') ? [[true], [null]] : [['none', 'of', 'these']]),
    ...(takesText ? [] : ['none of these']),
    ...(types.includes('integer') ? [1.5] : []),
    ...(schema.minimum === undefined ? [] : [schema.minimum - 1]),
    ...(schema.exclusiveMinimum === undefined ? [] : [schema.exclusiveMinimum]),
  ];
}

const OPTIONS = EXECUTORS.flatMap((executor) =>
  Object.keys(schemaOf(executor).properties)
    .filter((name) => !(executor === 'stage' && schemaOf(executor).properties[name]['x-stages']))
    .map((name): [string, string] => [executor, name]),
);

describe.each(OPTIONS)('%s: %s', (executor, name) => {
  const schema = schemaOf(executor).properties[name];

  it('takes a value of its type', () => {
    const options = throughNx(executor, { ...inferred(executor), [name]: good(schema) });
    expect(checkOptions(executor, options, TARGET)).toMatchObject({ [name]: good(schema) });
  });

  it.each(badValues(schema).map((value) => [value]))('refuses %j, which Nx lets through', (value) => {
    const options = throughNx(executor, { ...inferred(executor), [name]: value });
    expect(() => checkOptions(executor, options, TARGET)).toThrow(
      expect.objectContaining({
        code: 'bad-option',
        message: expect.stringContaining(`option ${name}`),
        hint: expect.stringMatching(/^\S.*\.$/),
      }),
    );
  });
});

test.each(EXECUTORS)(
  '%s: an unknown option and a word without an option are refused, and all is said',
  (executor) => {
    const options = throughNx(executor, { ...inferred(executor), colour: 'red', _: ['word'] });
    let said = '';
    try {
      checkOptions(executor, options, TARGET);
    } catch (error) {
      said = describeError(error);
    }
    expect(said).toContain('boot has no option colour');
    expect(said).toContain('unexpected "word"');
    const hint = executor === 'stage' ? 'hint: `outputs` of the YAML' : 'hint: `nx boot my-os --help`';
    expect(said).toContain(hint);
  },
);

test.each(EXECUTORS)('%s: what it cannot do without is asked for', (executor) => {
  for (const name of Object.keys(inferred(executor))) {
    const others = Object.entries(inferred(executor)).filter(([other]) => other !== name);
    expect(() => checkOptions(executor, Object.fromEntries(others), TARGET)).toThrow(
      expect.objectContaining({ code: 'missing-option', message: expect.stringContaining(name) }),
    );
  }
});

test.each([
  [
    { memory: '2G' },
    'option memory: expected a whole number of at least 1, got "2G"\n  hint: Memory in MiB.',
  ],
  [
    { memroy: 512 },
    /^boot has no option memroy, did you mean memory\? \(it has system, format, .*interrupt\)\n {2}hint: `nx boot my-os --help` explains the options\.$/,
  ],
  [{ accel: 'kmv' }, /^option accel: expected tcg, kvm, hvf or whpx, got "kmv", did you mean kvm\?\n/],
  [
    { disks: [{ size: '1G' }] },
    /^option disks\[0\]\.size: expected a whole number of at least 1, got "1G"\n/,
  ],
  [{ uefi: { code: 'a' } }, /^option uefi lacks the key vars\n/],
  [
    { disks: [{ sise: 1 }] },
    /^option disks\[0\] has an unknown key sise, did you mean size\? \(allowed: path, size, format\)\n/,
  ],
  [
    { memory: 0, cpus: 'two' },
    /^option memory: .*, got 0\noption cpus: expected a whole number of at least 1, got "two"\n/,
  ],
])('boot with %j says what is wrong and what to do', (options, expected) => {
  let said = '';
  try {
    checkOptions('boot', throughNx('boot', { os: {}, ...options }), TARGET);
  } catch (error) {
    said = describeError(error);
  }
  if (typeof expected === 'string') expect(said).toBe(expected);
  else expect(said).toMatch(expected);
});

test('a number is the text that a person typed, and one value a list of one', () => {
  const options = throughNx('boot', { os: {}, publish: 80, state: 7 });
  expect(checkOptions('boot', options, TARGET)).toMatchObject({ publish: ['80'], state: '7' });
});

test.each([
  ['verify', 'format'],
  ['format', 'build'],
  ['root', 'pull'],
])('the option %s is not ignored by the stage %s', (name, stage) => {
  const value = name === 'verify' ? true : 'text';
  const options = throughNx('stage', { stage, [name]: value });
  expect(() => checkOptions('stage', options, TARGET)).toThrow(
    expect.objectContaining({ code: 'unknown-option', message: expect.stringContaining(` ${name}`) }),
  );
});

test.each([
  ['boot', bootProperties],
  ['boot-test', bootTestProperties],
] as const)('the schema of %s is that of the machine', (executor, machine) => {
  // The medium comes from the build, and the console's log has a place of its own.
  const withoutOwn = (all: object) =>
    Object.entries(all).filter(([name]) => !['os', 'system', 'format', 'key', 'consoleLog'].includes(name));
  const properties = withoutOwn(schemaOf(executor).properties).map(([name, schema]) => [
    name,
    { ...schema, anyOf: undefined },
  ]);
  expect(Object.fromEntries(properties)).toEqual(Object.fromEntries(withoutOwn(machine)));
});

test.each(['boot', 'boot-test', 'dev'])(
  '%s has the architecture of the system unless an option names another',
  (executor) => {
    expect(throughNx(executor, { os: {} })).not.toHaveProperty('arch');
    expect(throughNx(executor, { os: {}, arch: 'arm64' })).toMatchObject({ arch: 'arm64' });
  },
);
