import { Ajv } from 'ajv';
import { check } from './check.js';
import { buildSchema, linuxkitSchema, type JsonSchema } from './schemas.js';

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, verbose: true });
ajv.addSchema(linuxkitSchema);
ajv.addSchema(buildSchema);

/** A document with each kind of structure and each type. */
const DOCUMENT = {
  kernel: { image: 'kernel', cmdline: 'console=ttyS0' },
  init: ['init'],
  volumes: [{ name: 'data', format: 'oci', platforms: ['linux/amd64'] }],
  services: [
    {
      name: 'web',
      image: 'web',
      env: ['A=1'],
      readonly: true,
      uid: 33,
      sysctl: { 'net.core.somaxconn': '1024' },
      uidMappings: [{ hostID: 1, containerID: 2, size: 3 }],
      resources: { memory: { limit: -1 }, blockio: { weightDevice: [{ major: 8, weight: 10 }] } },
      runtime: { mounts: [{ type: 'bind', options: ['rw'] }], bindNS: { net: '/run/net' } },
    },
  ],
  files: [{ path: 'etc/motd', metadata: 'yaml', uid: 'web' }],
  outputs: [{ format: 'tar' }],
  onboot: [{ name: 'dhcpcd', $patch: 'delete' }],
  variables: { KERNEL: '6.6', FLAVOR: { default: 'a', env: true } },
  variants: { lts: { KERNEL: '5.15' } },
};
const WRONG: readonly unknown[] = [null, 'text', 7, -1, 1.5, true, [], {}, [null], [7], { unknown: 1 }];

it.each([
  ['a linuxkit.yml', linuxkitSchema, DOCUMENT],
  [
    'a build.yml',
    buildSchema,
    { image: 'a', org: 'b', arches: ['amd64'], config: { capabilities: ['all'] } },
  ],
])('%s: the violations are those that Ajv finds', (_, schema, document) => {
  const validate = ajv.getSchema(schema.$id as string)!;
  expect(check(document, schema)).toEqual([]);
  let rejected = 0;
  for (const broken of variations(document)) {
    // Ajv adds an error of the keyword `if` to those of the branch that a value takes.
    const errors = validate(broken) ? [] : (validate.errors ?? []);
    const expected = errors.filter(({ keyword }) => keyword !== 'if');
    const found = check(broken, schema).map(({ keyword, path }) => `${keyword} /${path.join('/')}`);
    expect(found.sort()).toEqual(
      expected.map(({ keyword, instancePath }) => `${keyword} ${instancePath || '/'}`).sort(),
    );
    rejected += found.length;
  }
  expect(rejected).toBeGreaterThan(20);
});

it('accepts a bigint as an integer', () => {
  const withLimit = (limit: unknown) => ({ services: [{ name: 'a', image: 'b', oomScoreAdj: limit }] });
  expect(check(withLimit(10n), linuxkitSchema)).toEqual([]);
});

it.each([
  ['oomScoreAdj', 2n ** 63n - 1n, true],
  ['oomScoreAdj', 2n ** 63n, false],
  ['oomScoreAdj', -(2n ** 63n), true],
  ['resources', { cpu: { shares: 2n ** 64n - 1n } }, true],
  ['resources', { cpu: { shares: 2 ** 64 } }, false],
  ['resources', { memory: { limit: 2n ** 63n } }, false],
  ['resources', { network: { classID: 2 ** 32 - 1 } }, true],
  ['resources', { network: { classID: 2 ** 32 } }, false],
])('%s: accepts only integers that fit the type in Go (%#)', (key, value, verdict) => {
  const document = { services: [{ name: 'a', image: 'b', [key]: value }] };
  expect(check(document, linuxkitSchema).map(({ keyword }) => keyword)).toEqual(verdict ? [] : ['maximum']);
});

it('checks a value shared by aliases once', () => {
  const nested: JsonSchema = { type: 'array', items: { $ref: '#' } };
  let list: unknown[] = [];
  for (let depth = 0; depth < 64; depth += 1) list = [list, list];
  expect(check(list, nested)).toEqual([]);
});

/**
 * Yields the document with one value replaced by each wrong value, and with one key left out, for all its values.
 */
function* variations(document: unknown): Generator<unknown> {
  yield* WRONG;
  for (const path of pathsOf(document)) {
    for (const wrong of WRONG) yield changed(document, path, () => wrong);
    yield changed(document, path, () => undefined);
  }
}

function pathsOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    [key],
    ...pathsOf(inner).map((rest) => [key, ...rest]),
  ]);
}

function changed(
  value: unknown,
  [key, ...rest]: readonly string[],
  change: (old: unknown) => unknown,
): unknown {
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[key] = rest.length === 0 ? change(copy[key]) : changed(copy[key], rest, change);
  if (copy[key] === undefined && !Array.isArray(copy)) delete copy[key];
  return copy;
}
