import { parseMode } from './mode.js';

const octal = (mode: number) => mode.toString(8).padStart(4, '0');

test.each([
  // [text, mode of a file, of a program, of a folder], made of 0644, 0755 and 0755
  ['0600', '0600', '0600', '0600'],
  ['4755', '4755', '4755', '4755'],
  ['u=rwX,go=rX', '0644', '0755', '0755'],
  ['a+X', '0644', '0755', '0755'],
  ['+x', '0755', '0755', '0755'],
  ['go-rwx', '0600', '0700', '0700'],
  ['go=', '0600', '0700', '0700'],
  ['=', '0000', '0000', '0000'],
  ['=rX', '0444', '0555', '0555'],
  ['g=u', '0664', '0775', '0775'],
  ['g=u-w', '0644', '0755', '0755'],
  ['o=g,g=u', '0664', '0775', '0775'],
  ['u+s', '4644', '4755', '4755'],
  ['g+s,o+t', '2644', '2755', '2755'],
  ['ug+s', '6644', '6755', '6755'],
  ['+t', '1644', '1755', '1755'],
  ['u-x+w', '0644', '0655', '0655'],
  ['a-x,a+X', '0644', '0755', '0755'],
  ['u=rw,g=r,o=', '0640', '0640', '0640'],
  ['a-X', '0644', '0644', '0644'],
])('%s', (text, file, program, folder) => {
  const change = parseMode(text)!;
  expect([change(0o644, false), change(0o755, false), change(0o755, true)].map(octal)).toEqual([
    file,
    program,
    folder,
  ]);
});

test.each(['', 'rwx', 'u', 'u=rw,', ',', 'u=z', '8', '099', '10000', '177777', 'u =r', '0644x', 'u+r 0'])(
  '%j is no mode',
  (text) => expect(parseMode(text)).toBeUndefined(),
);

test('= keeps the sticky bit, and takes the bits of the user and the group', () => {
  expect(octal(parseMode('a=rx')!(0o7777, false))).toBe('1555');
  expect(octal(parseMode('g=u')!(0o2750, false))).toBe('2770');
});
