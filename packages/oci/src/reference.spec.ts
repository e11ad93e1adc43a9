import fc from 'fast-check';
import { OciError } from './error.js';
import { expandReference, formatReference, parseReference } from './reference.js';
import { endpointsOf, mayBePlain } from './registry/endpoint.js';

const DIGEST = `sha256:${'0'.repeat(64)}`;

describe("LinuxKit's expansion", () => {
  it.each([
    ['redis', 'docker.io/library/redis'],
    ['redis:alpine', 'docker.io/library/redis:alpine'],
    [`redis@${DIGEST}`, `docker.io/library/redis@${DIGEST}`],
    ['foo/bar', 'docker.io/foo/bar'],
    ['linuxkit/init:abc', 'docker.io/linuxkit/init:abc'],
    ['myregistry.io/foo', 'myregistry.io/foo'],
    ['localhost/foo', 'localhost/foo'],
    ['localhost:5000/foo', 'localhost:5000/foo'],
    ['host:5000/foo', 'host:5000/foo'],
    ['foo/bar/baz', 'foo/bar/baz'],
    ['docker.io/library/redis', 'docker.io/library/redis'],
    ['docker-daemon:foo', 'docker-daemon:foo'],
    ['oci:dir:tag', 'oci:dir:tag'],
  ])('makes %s into %s', (text, expanded) => expect(expandReference(text)).toBe(expanded));

  it('changes nothing a second time', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    fc.assert(fc.property(name, (text) => expandReference(expandReference(text)) === expandReference(text)));
  });
});

describe('registry references', () => {
  it.each([
    ['redis', 'docker.io', 'library/redis', 'latest', undefined],
    ['redis:7', 'docker.io', 'library/redis', '7', undefined],
    [`redis@${DIGEST}`, 'docker.io', 'library/redis', undefined, DIGEST],
    [`redis:7@${DIGEST}`, 'docker.io', 'library/redis', '7', DIGEST],
    ['localhost:5000/a/b_c/d--e:V1.0', 'localhost:5000', 'a/b_c/d--e', 'V1.0', undefined],
    ['[::1]:5000/a/b', '[::1]:5000', 'a/b', 'latest', undefined],
  ])('%s is parsed', (text, registry, repository, tag, digest) => {
    const parsed = parseReference(text);
    expect(parsed).toMatchObject({ transport: 'registry', text, registry, repository });
    expect(parsed).toMatchObject({ ...(tag ? { tag } : {}), ...(digest ? { digest } : {}) });
    const formatted = formatReference(parsed);
    expect(formatReference(parseReference(formatted))).toBe(formatted);
  });

  it.each([
    '',
    'UPPER',
    'a/../b',
    'a//b',
    '/a',
    'a/',
    'a:',
    'a:b:c',
    'a:b/c:d/e',
    'a b',
    'host/a?x=1',
    'host/a#x',
    'user:pw@host/a',
    `a@${DIGEST}@${DIGEST}`,
    'a@sha256:abc',
    'a@md5:0',
    'ho st.io/a',
    'host.io:999999/a',
    'a\n',
    `a:${'x'.repeat(129)}`,
    'x'.repeat(2000),
  ])('%j is refused', (text) => expect(() => parseReference(text)).toThrow(OciError));
});

describe('other transports', () => {
  it.each([
    ['docker-daemon:nginx:1', { name: 'nginx:1' }],
    [`docker-daemon:${DIGEST}`, { name: DIGEST, imageID: DIGEST }],
    ['oci:dir', { path: 'dir' }],
    ['oci:../dir/x:tag', { path: '../dir/x', name: 'tag' }],
    ['oci:dir:docker.io/library/x:1', { path: 'dir', name: 'docker.io/library/x:1' }],
    [`oci:dir@${DIGEST}`, { path: 'dir', digest: DIGEST }],
    ['oci:C:\\images\\x:tag', { path: 'C:\\images\\x', name: 'tag' }],
    ['oci:a@b', { path: 'a@b' }],
    ['oci-archive:/x.tar', { path: '/x.tar' }],
    ['docker-archive:x.tar:nginx:1', { path: 'x.tar', name: 'nginx:1' }],
  ])('%s is parsed', (text, expected) => {
    const transport = text.slice(0, text.indexOf(':'));
    expect(parseReference(text)).toEqual({ transport, text, ...expected });
    expect(formatReference(parseReference(text))).toBe(text);
  });

  it.each(['oci:', 'oci::tag', 'docker-daemon:', 'docker-daemon:../x', 'docker-archive:'])(
    '%j is refused',
    (text) => expect(() => parseReference(text)).toThrow(OciError),
  );
});

describe('the servers that are asked', () => {
  const urls = (registry: string, options = {}) =>
    endpointsOf({ registry, repository: 'a/b' }, options).map(
      ({ origins, repository }) => `${origins.map(({ origin }) => origin).join('|')} ${repository}`,
    );

  it.each([
    ['docker.io', {}, ['https://registry-1.docker.io a/b']],
    ['index.docker.io', {}, ['https://registry-1.docker.io a/b']],
    ['ghcr.io', {}, ['https://ghcr.io a/b']],
    ['localhost:5000', {}, ['https://localhost:5000|http://localhost:5000 a/b']],
    ['ghcr.io', { insecure: ['ghcr.io'] }, ['https://ghcr.io|http://ghcr.io a/b']],
    [
      'docker.io',
      { mirrors: { 'docker.io': ['http://m:1/p/', 'https://n'] } },
      ['http://m:1 p/a/b', 'https://n a/b', 'https://registry-1.docker.io a/b'],
    ],
    [
      'docker.io',
      { mirrors: { 'registry-1.docker.io': ['https://n'] } },
      ['https://n a/b', 'https://registry-1.docker.io a/b'],
    ],
    ['ghcr.io', { mirrors: { 'docker.io': ['https://n'] } }, ['https://ghcr.io a/b']],
    ['ghcr.io', { mirrors: { '*': ['https://n'] } }, ['https://n a/b', 'https://ghcr.io a/b']],
    ['constructor', {}, ['https://constructor a/b']],
  ])('for %s with %j', (registry, options, expected) => expect(urls(registry, options)).toEqual(expected));

  it.each(['m:1', 'ftp://m', 'file:///x', ''])('cannot include a mirror with the URL %j', (mirror) =>
    expect(() => urls('x', { mirrors: { x: [mirror] } })).toThrow('expected the URL of a mirror'),
  );

  it.each([
    ['localhost', true],
    ['localhost:5000', true],
    ['127.0.0.1:80', true],
    ['[::1]:5000', true],
    ['a.localhost:5000', true],
    ['10.1.2.3', false],
    ['192.168.0.1:5000', false],
    ['172.16.0.1', false],
    ['printer.local:5000', false],
    ['local', false],
    ['localhost.attacker.net', false],
    ['10.0.0.1.attacker.net', false],
    ['127.0.0.1.nip.io', false],
    ['registry.lan:5000', true],
    ['Registry.LAN:5000', true],
    ['registry.lan', false],
    ['a.registry.lan:5000', false],
    ['192.0.2.9:5000', true],
    ['192.0.3.9:5000', false],
    ['[2001:db8::1]:5000', true],
    ['192.0.2.9.attacker.net', false],
  ])('may include plain http for %s: %s', (host, expected) =>
    expect(mayBePlain(host, ['registry.lan:5000', '192.0.2.0/24', '2001:db8::/32'])).toBe(expected),
  );
});
