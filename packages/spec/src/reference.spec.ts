import { checkReference, expandReference } from './reference.js';

it.each([
  ['redis', 'docker.io/library/redis'],
  ['redis:alpine', 'docker.io/library/redis:alpine'],
  ['foo/bar', 'docker.io/foo/bar'],
  ['myregistry.io/foo', 'myregistry.io/foo'],
  ['localhost/foo', 'localhost/foo'],
  ['reg:5000/foo', 'reg:5000/foo'],
  ['foo/bar/baz', 'foo/bar/baz'],
  ['@pkg:../nginx', '@pkg:../nginx'],
  ['docker-daemon:nginx', 'docker-daemon:nginx'],
  ['oci:some/layout', 'oci:some/layout'],
])('expands %s to %s', (reference, expanded) => expect(expandReference(reference)).toBe(expanded));

it.each([
  ...['nginx', 'a/b:c@sha256:0', '@pkg:../my nginx', 'oci-archive:/a b.tar:tag', 'localhost:5000/x'],
  ...['@pkg:../$a$$b$', 'oci:layouts/${b}:tag'],
])('accepts %s', (reference) => expect(() => checkReference(reference)).not.toThrow());

it.each([
  '',
  '@',
  '@pkg:',
  '@foo:x',
  'a b',
  'https://x/y',
  'a\tb',
  'oci:',
  'oci:a\nb',
  'a:${b}',
  'docker-daemon:$b',
])('refuses %j', (reference) => expect(() => checkReference(reference)).toThrow());
