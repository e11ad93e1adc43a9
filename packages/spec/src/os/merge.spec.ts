import fc from 'fast-check';
import { readOsList, type OsSpec } from '../index.js';

const SHORT = { maxLength: 3 };
const reference = fc.constantFrom('a', 'b/c', 'd:1');
const container = fc.record({
  name: fc.string({ unit: 'grapheme-ascii', minLength: 1 }).filter((name) => !/[/.]/.test(name)),
  image: reference,
});
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** A random document. It has no services and no volumes, because their names must differ between documents. */
const document = fc.record(
  {
    kernel: fc.record(
      {
        image: reference,
        cmdline: fc.constantFrom('', 'x', 'y'),
        binary: fc.constantFrom('', 'bzImage'),
        tar: fc.constantFrom('none', 'k.tar'),
        ucode: fc.constant('u'),
      },
      { requiredKeys: [] },
    ),
    init: fc.array(reference, SHORT),
    onboot: fc.array(container, SHORT),
    onshutdown: fc.array(container, SHORT),
    files: fc.array(fc.record({ path: fc.constantFrom('a', 'b/c'), contents: fc.string() }), SHORT),
    trust: fc.record(
      { image: fc.array(reference, SHORT), org: fc.array(reference, SHORT) },
      { requiredKeys: [] },
    ),
    outputs: fc.array(fc.record({ format: fc.constantFrom('tar', 'docker') })),
    platforms: fc.array(fc.constantFrom('linux/amd64', 'linux/arm64'), { minLength: 1 }),
  },
  { requiredKeys: [] },
);
type Document = Record<string, unknown>;

/** Merges documents, written as JSON, which is YAML too. */
function merge(documents: readonly Document[]): OsSpec {
  const files = documents.map((_, index) => `${index}.yml`);
  return readOsList(files, (file) => JSON.stringify(documents[parseInt(file, 10)]));
}

const model = ({ documents: _documents, where: _where, ...rest }: OsSpec) => rest;

describe('merging', () => {
  it('joins lists in order and keeps their elements', () => {
    fc.assert(
      fc.property(fc.array(document, { minLength: 1, maxLength: 4 }), (documents) => {
        const os = merge(documents);
        for (const key of ['init', 'onboot', 'onshutdown', 'files'] as const) {
          expect(os[key]).toEqual(documents.flatMap((value): unknown[] => value[key] ?? []));
        }
      }),
    );
  });

  it('does not depend on how files are grouped by extends', () => {
    fc.assert(
      fc.property(document, document, document, (a, b, c) => {
        const files: Record<string, object> = {
          'a.yml': a,
          'b.yml': b,
          'c.yml': c,
          'ab.yml': { extends: ['a.yml', 'b.yml'] },
          'bc.yml': { extends: ['b.yml', 'c.yml'] },
        };
        const read = (...names: string[]) => model(readOsList(names, (file) => JSON.stringify(files[file])));
        expect(read('ab.yml', 'c.yml')).toEqual(read('a.yml', 'b.yml', 'c.yml'));
        expect(read('a.yml', 'bc.yml')).toEqual(read('a.yml', 'b.yml', 'c.yml'));
      }),
    );
  });

  it('with an empty document changes nothing', () => {
    fc.assert(
      fc.property(document, (value) => {
        expect(model(merge([value, {}]))).toEqual(model(merge([value])));
        expect(model(merge([{}, value]))).toEqual(model(merge([value])));
      }),
    );
  });

  it('takes a field of the kernel from the last document that gives it', () => {
    fc.assert(
      fc.property(
        fc.array(document, { minLength: 1, maxLength: 4 }),
        optional(reference),
        (documents, image) => {
          const os = merge([...documents, { kernel: image ? { image } : {} }]);
          const given = documents.map(({ kernel }) => kernel?.image).findLast((value) => value);
          expect(os.kernel?.image).toEqual(image ?? given);
        },
      ),
    );
  });

  it('knows the file of every element', () => {
    fc.assert(
      fc.property(fc.array(document, { minLength: 1, maxLength: 4 }), (documents) => {
        const os = merge(documents);
        const expected = documents.flatMap(({ init = [] }, index) => init.map(() => `${index}.yml`));
        expect(os.init.map((_, index) => os.where(['init', index]).file)).toEqual(expected);
      }),
    );
  });
});
