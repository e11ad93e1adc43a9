import { parseReference } from '@nx-linuxkit/oci';
import { temporaryFolder } from '../__tests__/folder.js';
import { someDigest } from '../__tests__/signing.js';
import { generateKeyPair } from '../key/key-pair.js';
import { decide } from './decide.js';
import { parsePolicy, policyFiles } from './parse-policy.js';
import { pattern } from './pattern.js';
import { loadPolicy, type Policy } from './policy.js';
import { hasPrefix, imageName, normalisePrefix } from './prefix.js';
import { ruleFor } from './rule-for.js';

const KEY = { key: 'keys/a.pub' };
const IDENTITY = { identity: 'a@example.org', issuer: 'https://issuer.example', trustedRoot: 'root.json' };
const parse = (option: unknown) => parsePolicy(option, 'nx.json');
/** A policy whose rules only name an action. */
const policyOf = (images: Record<string, 'deny' | 'warn' | 'off'>, fallback?: string): Policy =>
  parse({ images, default: fallback }) as Policy;

describe('the option signatures', () => {
  it('checks nothing where it is absent', () => {
    expect(parse(undefined)).toEqual({ fallback: 'off', rules: [] });
  });

  it('names every file that it depends on, once and sorted', () => {
    const images = { a: [KEY, IDENTITY], b: { ...KEY, trustedRoot: './roots//key.json' }, c: 'off' };
    expect(policyFiles(parse({ images }))).toEqual(['keys/a.pub', 'root.json', 'roots/key.json']);
  });

  it('has one trusted root for all identities, unless one has its own', () => {
    const { trustedRoot, ...bare } = IDENTITY;
    const files = policyFiles(
      parse({ trustedRoot: 'all.json', images: { a: bare, b: { ...bare, trustedRoot } } }),
    );
    expect(files).toEqual(['all.json', 'root.json']);
  });

  it('does not ask a key for a log because identities have a trusted root', () => {
    expect(policyFiles(parse({ trustedRoot: 'all.json', images: { a: KEY } }))).toEqual(['keys/a.pub']);
  });

  it.each<[unknown, string]>([
    [[], 'signatures: expected an object, got "[]"'],
    [{ defualt: 'deny' }, 'signatures: unknown key "defualt", expected one of default, trustedRoot, images'],
    [{ default: 'error' }, 'signatures.default: expected deny, warn, off, got "error"'],
    [{ images: { a: 'allow' } }, 'signatures.images["a"]: expected deny, warn, off, got "allow"'],
    [{ images: { a: [] } }, 'signatures.images["a"]: expected a key or an identity, got an empty list'],
    [{ images: { a: { keys: 'x' } } }, 'signatures.images["a"]: unknown key "keys"'],
    [{ images: { a: [KEY, { key: '' }] } }, 'signatures.images["a"][1].key: expected text'],
    [{ images: { a: { key: '../a.pub' } } }, 'expected a path within the workspace'],
    [{ images: { a: { key: '/etc/a.pub' } } }, 'expected a path within the workspace'],
    [{ images: { a: { key: 'C:\\a.pub' } } }, 'expected a path within the workspace'],
    [
      { images: { a: { ...KEY, identity: 'x' } } },
      'unknown key "identity", expected one of key, trustedRoot',
    ],
    [
      { images: { a: { ...IDENTITY, identity: undefined } } },
      'expected identity or identityPattern, got neither',
    ],
    [
      { images: { a: { ...IDENTITY, identityPattern: 'x*' } } },
      'expected identity or identityPattern, got both',
    ],
    [{ images: { a: { ...IDENTITY, issuer: undefined } } }, 'expected issuer or issuerPattern, got neither'],
    [{ images: { a: { ...IDENTITY, trustedRoot: undefined } } }, 'an identity needs a trusted root file'],
    [
      { images: { a: { issuer: 'x', trustedRoot: 'y', identityPattern: '**' } } },
      'signatures.images["a"].identityPattern: expected a pattern with text of its own, got "**"',
    ],
    [
      { images: { 'a:1': 'off' } },
      'expected a prefix without a tag, or a host with a slash at its end, got "a:1"',
    ],
    [
      { images: { 'GHCR.io/Org/': 'off' } },
      'expected a repository in lower case, as all are, got "GHCR.io/Org/"',
    ],
    [{ images: { '': 'off' } }, 'expected the start of image references'],
    [{ images: { 'a b': 'off' } }, 'expected the start of image references'],
    [
      { images: { nginx: 'off', 'index.docker.io/library/nginx': 'deny' } },
      '"nginx" and "index.docker.io/library/nginx" name the same images',
    ],
  ])('refuses %j', (option, message) => {
    expect(() => parse(option)).toThrow(message);
    expect(() => parse(option)).toThrow(
      expect.objectContaining({ code: 'invalid-policy', where: { file: 'nx.json' } }),
    );
  });
});

describe('a prefix', () => {
  it.each([
    ['nginx', 'nginx:1', true],
    ['nginx', 'docker.io/library/nginx@' + someDigest('x'), true],
    ['nginx', 'nginx-evil', false],
    ['nginx', 'evil/nginx', false],
    ['linuxkit/', 'linuxkit/init:v1', true],
    ['linuxkit/', 'linuxkit-evil/init:v1', false],
    ['linuxkit/init', 'linuxkit/init', true],
    ['linuxkit/init', 'linuxkit/init-evil', false],
    ['ghcr.io', 'ghcr.io/a/b', true],
    ['ghcr.io/', 'ghcr.io.evil/a/b', false],
    ['ghcr.io/org', 'ghcr.io/org/app/part', true],
    ['ghcr.io/org', 'ghcr.io/organisation/app', false],
    ['localhost:5000/', 'localhost:5000/a', true],
    ['localhost', 'localhost/a', true],
  ])('%s names %s: %p', (prefix, reference, expected) => {
    expect(hasPrefix(imageName(parseReference(reference)), normalisePrefix(prefix))).toBe(expected);
  });

  it.each([
    'index.docker.io/library/nginx',
    'registry-1.docker.io/library/nginx:2',
    'docker.io:443/library/nginx',
    'Docker.IO/library/nginx',
    'INDEX.docker.io:443/library/nginx',
  ])('is not escaped by another spelling of the host: %s', (reference) => {
    expect(hasPrefix(imageName(parseReference(reference)), normalisePrefix('docker.io/'))).toBe(true);
  });

  it('names sources that are no registry by their text', () => {
    expect(
      ruleFor(policyOf({ 'docker-daemon:': 'off' }), parseReference('docker-daemon:app:1')),
    ).toBeDefined();
    expect(ruleFor(policyOf({ app: 'off' }), parseReference('docker-daemon:app:1'))).toBeUndefined();
  });

  it('decides by the longest one that fits', () => {
    const policy = policyOf({ 'ghcr.io/': 'deny', 'ghcr.io/org/app': 'off', 'ghcr.io/org/': 'warn' });
    const demandOf = (text: string) => ruleFor(policy, parseReference(text))?.demands;
    expect([demandOf('ghcr.io/x/y'), demandOf('ghcr.io/org/y'), demandOf('ghcr.io/org/app:1')]).toEqual([
      'deny',
      'warn',
      'off',
    ]);
  });
});

describe('a pattern', () => {
  it.each([
    ['https://a/*.yml@refs/tags/**', 'https://a/x.yml@refs/tags/v1/y', true],
    ['https://a/*.yml@refs/tags/**', 'https://a/b/x.yml@refs/tags/v1', false],
    ['https://a/*.yml', 'https://a/xxyml', false],
    ['a+(b)[c]{2}^$|?', 'a+(b)[c]{2}^$|?', true],
    ['*@example.org', 'a@example.org', true],
    ['*@example.org', 'a@example.org.evil', false],
    ['*@example.org', 'a@example-org', false],
    ['a**', 'a\nb', true],
  ])('%s takes %j: %p', (text, value, expected) => expect(pattern(text).matches(value)).toBe(expected));

  it.each(['*', '**', '***', ''])('that takes everything is refused: %j', (text) => {
    expect(() => pattern(text)).toThrow('expected a pattern with text of its own');
  });
});

describe('the files of a policy', () => {
  const folder = temporaryFolder();
  const load = (demand: object) => loadPolicy(parse({ images: { a: demand } }), folder.path);
  const ROOT = 'application/vnd.dev.sigstore.trustedroot+json;version=0.1';

  it('are read, and what is wrong with one is said with its name', async () => {
    folder.write('keys/a.pub', (await generateKeyPair()).publicKey);
    folder.write('root.json', JSON.stringify({ mediaType: ROOT, tlogs: [{}] }));
    expect((await load(IDENTITY)).rules[0].demands).toHaveLength(1);
    expect((await load(KEY)).rules[0].demands).toMatchObject([
      { kind: 'key', key: { algorithm: 'ecdsa-p256' } },
    ]);
  });

  it.each<[string, string, string, string | Uint8Array]>([
    ['too large', 'unreadable-file', 'has 5000000 bytes', Buffer.alloc(5_000_000, 32)],
    ['no JSON', 'invalid-trusted-root', 'is not JSON', 'x'],
    ['another document', 'invalid-trusted-root', 'mediaType', '{}'],
    [
      'without a log',
      'invalid-trusted-root',
      'tlogs: got no log',
      JSON.stringify({ mediaType: ROOT, tlogs: [] }),
    ],
    [
      'too deep',
      'invalid-trusted-root',
      'nested deeper',
      `{"mediaType":${'['.repeat(100)}${']'.repeat(100)}}`,
    ],
  ])('are refused: a trusted root %s', async (_, code, message, content) => {
    folder.write('bad.json', content);
    await expect(load({ ...IDENTITY, trustedRoot: 'bad.json' })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
      where: { file: expect.stringContaining('bad.json') },
    });
  });

  it.each(['ed25519', 'ecdsa-p384'] as const)(
    'are refused: a key of %s beside a trusted root',
    async (algorithm) => {
      folder.write('b.pub', (await generateKeyPair({ algorithm })).publicKey);
      await expect(load({ key: 'b.pub', trustedRoot: 'root.json' })).rejects.toMatchObject({
        code: 'invalid-key',
        message: `with a trusted root the key must be ECDSA P-256 or RSA, got ${algorithm}`,
      });
    },
  );

  it('are refused: an absent key', async () => {
    await expect(load({ key: 'absent.pub' })).rejects.toMatchObject({
      code: 'unreadable-file',
      message: 'cannot read the public key: it does not exist',
    });
  });
});

describe('the decision', () => {
  const image = { reference: parseReference('ghcr.io/org/app:1') as never, digest: someDigest('x') };

  it.each(['warn', 'off'])('passes an image that no rule names by the default %s', (action) => {
    expect(decide(policyOf({}, action), image)).toEqual({ kind: 'pass', action });
  });

  it('refuses by the default deny, and by a rule that says so', () => {
    expect(() => decide(policyOf({}, 'deny'), image)).toThrow('no rule names it, and the default is deny');
    expect(() => decide(policyOf({ 'ghcr.io/': 'deny' }), image)).toThrow('the rule "ghcr.io/" denies it');
  });

  it('refuses an image that trust names and no rule does, unless a rule says off', () => {
    expect(() => decide(policyOf({}, 'off'), image, { required: true })).toThrow(
      expect.objectContaining({ code: 'no-rule' }),
    );
    expect(decide(policyOf({ 'ghcr.io/org/app': 'off' }), image, { required: true })).toMatchObject({
      kind: 'pass',
      rule: { text: 'ghcr.io/org/app' },
    });
  });
});
