import type { Digest } from './digest.js';
import { EMPTY_LOCK, formatLock, readLock } from './lock.js';

const A: Digest = `sha256:${'a'.repeat(64)}`;
const B: Digest = `sha256:${'b'.repeat(64)}`;

it('a lock is written in sorted order, and is read as it was written', () => {
  const lock = {
    lockfileVersion: 1,
    images: {
      'nginx:1': { 'linux/arm64': { index: B, digest: A }, 'linux/amd64': { digest: B } },
      'docker-daemon:app': { 'linux/amd64': { imageID: A, digest: B } },
      'mirrored:1': { 'linux/amd64': { from: 'registry.example/mirrored:1', digest: B } },
      ['__proto__']: { 'linux/amd64': { digest: B } },
    },
  } as const;
  const text = formatLock(lock);
  expect(text).toMatch(
    /^\{\n {2}"lockfileVersion": 1,\n {2}"images": \{\n {4}"__proto__"[^]*"docker-daemon:app"[^]*"nginx:1"/,
  );
  expect(text.indexOf('linux/amd64": {\n        "digest": "sha256:b')).toBeGreaterThan(0);
  expect(text.endsWith('}\n')).toBe(true);
  expect(formatLock(readLock(text, 'x.lock.json'))).toBe(text);
});

it('the empty lock pins nothing', () => {
  expect(formatLock(EMPTY_LOCK)).toBe('{\n  "lockfileVersion": 1,\n  "images": {}\n}\n');
});

const images = (image: unknown) =>
  JSON.stringify({ lockfileVersion: 1, images: { x: { 'linux/amd64': image } } });

it.each([
  ['', /not JSON/],
  ['<<<<<<< HEAD', /not JSON/],
  ['[]', /expected an object/],
  ['{}', /expected lockfileVersion 1, got "none"/],
  ['{"lockfileVersion":2,"images":{}}', /expected lockfileVersion 1, got "2"/],
  ['{"lockfileVersion":1}', /images: expected an object/],
  ['{"lockfileVersion":1,"images":{"x":{"amd64":{}}}}', /expected a platform/],
  [images({}), /images\["x"\]\["linux\/amd64"\]\.digest: expected a digest, got "none"/],
  [images({ digest: 'sha256:../x' }), /expected a digest/],
  [images({ digest: A, index: 'x' }), /\.index: expected a digest, got "x"/],
  [images({ digest: A, extra: 1 }), /unknown key "extra"; allowed: digest, index, imageID, from/],
  [images({ digest: A, from: 1 }), /\.from: expected a reference, got "1"/],
])('the lock %j is refused with its file and a hint', (text, message) => {
  expect(() => readLock(text, 'a/linuxkit.lock.json')).toThrow(
    expect.objectContaining({
      code: 'invalid-lock',
      message: expect.stringMatching(message),
      where: { file: 'a/linuxkit.lock.json' },
      hint: expect.any(String),
    }),
  );
});
