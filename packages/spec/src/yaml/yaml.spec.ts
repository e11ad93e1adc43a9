import { parseYaml } from './document.js';
import { resolvePlain } from './scalar.js';

describe('plain scalars, as Go reads them', () => {
  it.each([
    ['0644', 420],
    ['0o17', 15],
    ['0b11', 3],
    ['0x1F', 31],
    ['-0x1f', -31],
    ['+5', 5],
    ['1_000', 1000],
    ['08', 8],
    ['0', 0],
    ['1e3', 1000],
    ['.5', 0.5],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['18446744073709551615', 18446744073709551615n],
    ['-9223372036854775808', -9223372036854775808n],
    ['18446744073709551616', 18446744073709552000],
    ['0x1ffffffffffffffff', '0x1ffffffffffffffff'],
    ['0o8', '0o8'],
    ['true', true],
    ['False', false],
    ['tRUE', 'tRUE'],
    ['yes', 'yes'],
    ['No', 'No'],
    ['on', 'on'],
    ['', null],
    ['~', null],
    ['Null', null],
    ['nUll', 'nUll'],
    ['2001-01-01', '2001-01-01'],
    ['1:30', '1:30'],
    ['-', '-'],
    ['.inf', Infinity],
    ['1e400', '1e400'],
  ])('%s', (text, value) => expect(resolvePlain(text)).toBe(value));
});

describe('documents', () => {
  const value = (text: string) => parseYaml(text, 'x.yml').value;

  it.each([
    [
      'tags',
      'a: !!str 5\nb: !!int "5"\nc: ! 7\nd: !own x\ne: !!binary aGk=',
      { a: '5', b: 5, c: 7, d: 'x', e: 'hi' },
    ],
    ['an anchor', 'a: &x [1]\nb: *x', { a: [1], b: [1] }],
    ['an anchor that is defined twice', 'a: &x 1\nb: &x 2\nc: *x', { a: 1, b: 2, c: 2 }],
    [
      'a merge key below',
      'a: &x {b: 1, c: 2}\nd:\n  b: 3\n  <<: *x',
      { a: { b: 1, c: 2 }, d: { b: 3, c: 2 } },
    ],
    ['a merge key above', 'a: &x {b: 1}\nd:\n  <<: *x\n  b: 3', { a: { b: 1 }, d: { b: 3 } }],
    ['a list of merges: the earlier wins', 'a: {<<: [{b: 1}, {b: 2, c: 3}]}', { a: { b: 1, c: 3 } }],
    ['a quoted <<', 'a: {"<<": 1}', { a: { '<<': 1 } }],
    [
      'YAML 1.1’s line breaks as ordinary characters',
      'a: x\u0085b\nc: d\u2028e',
      { a: 'x\u0085b', c: 'd\u2028e' },
    ],
    ['a directive', '%YAML 1.2\n---\na: "\\/"', { a: '/' }],
    ['an anchor with any name', 'a: &a.b 1\nb: *a.b', { a: 1, b: 1 }],
    ['a key that is a number', 'a: {0644: x}', { a: { '0644': 'x' } }],
    ['only the first document', 'a: 1\n---\nb: 2', { a: 1 }],
    ['a byte order mark', '\uFEFFa: 1', { a: 1 }],
    [
      'brackets less indented than their key',
      'a:\n  b: [\n1,\n  2\n]\n  c: {\n  }',
      { a: { b: [1, 2], c: {} } },
    ],
    ['a quoted string less indented than its key', 'a:\n  b: "x\ny"\n', { a: { b: 'x y' } }],
    ['a tab between elements', 'a:\n  b: [x,\ty]', { a: { b: ['x', 'y'] } }],
    ['a tab in front of a bracket', 'a:\t [[x],\t{y: z}]', { a: [['x'], { y: 'z' }] }],
    ['a comment that touches a quote', 'a: "0644"#b\nc: d', { a: '0644', c: 'd' }],
    ['a comment that touches a bracket or a comma', 'a: [b,#c\n d]#e\nf: {#g\n}', { a: ['b', 'd'], f: {} }],
    ['a block that ends with a line', 'a: |\n  b\n', { a: 'b\n' }],
    ['a block that ends with the file', 'a: |\n  b', { a: 'b' }],
    ['a folded block that ends with the file', 'a: >\n  b\n  c', { a: 'b c' }],
    ['a block that keeps its final line break but has none', 'a: |+\n  b', { a: 'b' }],
    ['a block followed by spaces at the end of the file', 'a: |\n  b\n  ', { a: 'b\n' }],
    ['a block followed by a comment at the end of the file', 'a: |\n  b\n# c', { a: 'b\n' }],
    ['JSON with tabs', '{\n\t"a":\t[1,\n\t\t2]\n}', { a: [1, 2] }],
  ])('%s', (_, text, expected) => expect(value(text)).toEqual(expected));

  it('a key named __proto__ does not set the prototype', () => {
    const document = value('__proto__: {readonly: true}');
    expect(Object.getPrototypeOf(document)).toBe(Object.prototype);
    expect(Object.keys(document)).toEqual(['__proto__']);
  });

  it.each([
    ['a: [', 'x.yml:1:5'],
    ['a: 1\na: 2', 'x.yml:2:1'],
    ['a: *y', 'x.yml:1:4'],
    ['a: &x\n  b: *x', 'x.yml:2:6'],
    ['a: {<<: 5}', 'x.yml:1:5'],
    ['? [a]\n: b', 'x.yml:1:3'],
    ['a: !!int x', 'x.yml:1:4'],
    ['a:\n\t- b', 'x.yml:2:1'],
    ['- a', 'x.yml:1:1'],
    ['', 'x.yml:1:1'],
    ['# only a comment', 'x.yml:1:1'],
    ['a: [\n1,\n2', 'x.yml:3:2'],
  ])('refuses %j at %s', (text, expected) => {
    let where: { file: string; line?: number; column?: number } | undefined;
    try {
      value(text);
    } catch (error) {
      where = (error as { where: typeof where }).where;
    }
    expect(`${where?.file}:${where?.line}:${where?.column}`).toBe(expected);
  });

  it.each([
    [['a'], '1:4', '1:1'],
    [['b'], '3:3', '2:1'],
    [['b', 'c'], '3:9', '3:3'],
    [['b', 'block'], '4:3', '4:3'],
    [['e'], '7:3', '6:1'],
    [['e', 0], '7:5', '7:5'],
    [['e', 1, 'f'], '3:9', '8:5'],
    [['e', 1, 'absent', 3], '8:5', '8:5'],
    [['e', 2], '7:3', '7:3'],
    [['g', 0], '11:1', '11:1'],
  ])('finds the value of %j at %s, its key at %s', (path, value, key) => {
    const text = [
      'a: "x"',
      'b:',
      '  c: &y y',
      '  block: |',
      '    text',
      'e:',
      '  - 1',
      '  - f: *y',
      '  -',
      'g: [',
      'z]',
    ];
    const document = parseYaml(text.join('\n'), 'x.yml');
    const at = ({ line, column }: { line?: number; column?: number }) => `${line}:${column}`;
    expect(at(document.where(path))).toBe(value);
    expect(at(document.whereKey(path))).toBe(key);
  });
});

describe('hostile documents', () => {
  it('aliases do not grow exponentially', () => {
    const lines = Array.from({ length: 40 }, (_, i) => `k${i + 1}: &k${i + 1} [*k${i}, *k${i}]`);
    const { value } = parseYaml(`k0: &k0 [x]\n${lines.join('\n')}`, 'bomb.yml');
    expect(Object.keys(value)).toHaveLength(41);
  });

  it('a long text is not parsed again without a limit', () => {
    const text = `a: {\n${'"k": [\n"v"],\n'.repeat(20_000)}`;
    expect(() => parseYaml(text, 'slow.yml')).toThrow('not YAML');
  });

  it('deep nesting is refused', () => {
    expect(() => parseYaml('['.repeat(10_000), 'deep.yml')).toThrow('not YAML');
  });
});
