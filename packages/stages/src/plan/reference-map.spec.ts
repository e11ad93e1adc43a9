import { referenceMap } from './reference-map.js';

const BASE = '@pkg:@nx-linuxkit/images/';
const EXISTING = [`${BASE}init`, `${BASE}runc`];
const targets = (images: Record<string, string | string[]>, reference: string) =>
  referenceMap(images, (target) => EXISTING.includes(target)).targets(reference);

it.each<[string, Record<string, string | string[]>, string, string[]]>([
  ['no entry', {}, 'linuxkit/init:1', ['linuxkit/init:1']],
  ['a prefix with a package', { 'linuxkit/': BASE }, 'linuxkit/init:1', [`${BASE}init`]],
  ['a prefix without a package', { 'linuxkit/': BASE }, 'linuxkit/firmware:1', ['linuxkit/firmware:1']],
  ['a prefix to a registry', { 'linuxkit/': 'r.example/lk/' }, 'linuxkit/init:1', ['r.example/lk/init:1']],
  ['the longest prefix', { 'a/': 'x/', 'a/b/': 'y/' }, 'a/b/c:1', ['y/c:1']],
  ['an exact entry before a prefix', { 'a/': 'x/', 'a/b:1': 'y:2' }, 'a/b:1', ['y:2']],
  ['an entry without tag', { nginx: `${BASE}init` }, 'nginx:1.27', [`${BASE}init`]],
  ['an exact entry whose package is missing', { nginx: `${BASE}gone` }, 'nginx:1', [`${BASE}gone`]],
  ['a list: the package is there', { 'l/': [BASE, 'r.example/'] }, 'l/runc:1', [`${BASE}runc`]],
  ['a list: the package is missing', { 'l/': [BASE, 'r.example/'] }, 'l/x:1', ['r.example/x:1']],
  ['a list of packages', { 'l/': ['@pkg:./pkg/', BASE] }, 'l/init:1', [`${BASE}init`]],
  [
    'a list of registries',
    { 'l/': ['a.example/', 'b.example/'] },
    'l/x:1',
    ['a.example/x:1', 'b.example/x:1'],
  ],
  ['a registry before a package', { 'l/': ['a.example/', BASE] }, 'l/init:1', ['a.example/init:1']],
  ['a list of packages that are all missing', { 'l/': ['@pkg:a/', BASE] }, 'l/x:1', ['l/x:1']],
])('%s', (_, images, reference, expected) => expect(targets(images, reference)).toEqual(expected));

it('the lock says which of several registries has an image', () => {
  const map = referenceMap({ 'l/': ['a.example/', 'b.example/'] }, () => false);
  const digest = `sha256:${'1'.repeat(64)}` as const;
  expect(map.target('l/x:1')).toBe('a.example/x:1');
  expect(map.target('l/x:1', { digest })).toBe('a.example/x:1');
  expect(map.target('l/x:1', { digest, from: 'b.example/x:1' })).toBe('b.example/x:1');
  expect(map.target('l/x:1', { digest, from: 'no.longer/x:1' })).toBe('a.example/x:1');
});
