import { isContentTag, isImmutable, withResolved } from './immutable.js';

const DIGEST = `sha256:${'a'.repeat(64)}` as const;
const immutable = ['registry.example/team/*:*', 'linuxkit/**'];

it.each([
  ['registry.example/team/app:0123', true],
  ['registry.example/team/deep/app:0123', false],
  ['registry.example/other/app:0123', false],
  ['linuxkit/init:0123', true],
  ['docker.io/linuxkit/init:0123', false],
  ['linuxkit/init', false],
  ['localhost:5000/app', false],
  [`linuxkit/init@${DIGEST}`, false],
])('the tag of %s is a content hash: %s', (reference, expected) =>
  expect(isContentTag(reference, { immutable })).toBe(expected),
);

it('a pattern may be about the full name', () =>
  expect(isContentTag('linuxkit/init:1', { immutable: ['docker.io/linuxkit/*:*'] })).toBe(true));

it('a reference by digest is immutable without any option', () => {
  expect(isImmutable(`linuxkit/init@${DIGEST}`, {})).toBe(true);
  expect(isImmutable(`linuxkit/init:1@${DIGEST}`, {})).toBe(true);
  expect(isImmutable('linuxkit/init:1', {})).toBe(false);
});

it('nothing is, where signatures are checked: their evidence lies beside the lock', () =>
  expect(isImmutable(`a@${DIGEST}`, { immutable, signatures: {} })).toBe(false));

it.each(['*', '**'])('the pattern %s would be about every image, and is refused', (text) =>
  expect(() => isContentTag('a:1', { immutable: [text] })).toThrow(
    expect.objectContaining({ code: 'unsupported', where: { file: 'nx.json' } }),
  ),
);

it('what was resolved of a tag that may move does not count, and an entry of the lock wins', () => {
  const lock = (...references: string[]) => ({
    lockfileVersion: 1 as const,
    images: Object.fromEntries(references.map((name) => [name, { 'linux/amd64': { digest: DIGEST } }])),
  });
  const other = `sha256:${'b'.repeat(64)}` as const;
  const committed = {
    lockfileVersion: 1 as const,
    images: { 'linuxkit/a:1': { 'linux/amd64': { digest: other } } },
  };
  const merged = withResolved(committed, lock('linuxkit/a:1', 'linuxkit/b:1', 'moving:1'), { immutable });
  expect(merged.images).toEqual({
    'linuxkit/a:1': { 'linux/amd64': { digest: other } },
    'linuxkit/b:1': { 'linux/amd64': { digest: DIGEST } },
  });
});
