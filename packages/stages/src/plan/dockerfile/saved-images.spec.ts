import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { savedImageName, savedImages } from './saved-images.js';

const DIGEST = `sha256:${'1'.repeat(64)}`;
const WHERE = { file: 'build.yml', line: 1 };
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'saved-images-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const read = (images: object) =>
  savedImages({ image: 'x', depends: { 'docker-images': images } }, folder, WHERE);

test('images are listed in build.yml, or in a file with comments and empty lines', () => {
  const list = [`alpine:3@${DIGEST}`];
  expect(read({ list, target: 'out/all.tar' })).toEqual({
    references: list,
    target: 'out/all.tar',
    isFolder: false,
    where: WHERE,
  });
  writeFileSync(join(folder, 'images'), `# comment\n\n${list[0]}\n`);
  expect(read({ 'from-file': 'images', 'target-dir': 'out/' })).toMatchObject({
    references: list,
    target: 'out',
    isFolder: true,
    listFile: 'images',
  });
  expect(read({ list: [], target: 'x' })).toBeUndefined();
});

test('the file of an image has the last part of its name, and its digest', () => {
  expect(savedImageName(`docker.io/acme/app:1@${DIGEST}`)).toBe(`app:1@${DIGEST}.tar`);
});

test.each([
  ['no digest', { list: ['alpine:3'], target: 'x' }, 'expected an image with a digest, got "alpine:3"'],
  ['two lists', { list: ['a'], 'from-file': 'f', target: 'x' }, '`list` and `from-file` exclude each other'],
  ['two targets', { list: ['a'], target: 'x', 'target-dir': 'y' }, 'exclude each other'],
  ['no target', { list: [`a@${DIGEST}`] }, 'expected `target` or `target-dir`'],
  ['a target outside', { list: [`a@${DIGEST}`], target: '../x' }, "expected a path in the package's folder"],
  [
    'the folder itself',
    { list: [`a@${DIGEST}`], 'target-dir': './' },
    "expected a path in the package's folder",
  ],
  ['a list that is not there', { 'from-file': 'none', target: 'x' }, 'cannot be read'],
])('%s is refused at the key', (_, images, message) => {
  expect(() => read(images)).toThrow(
    expect.objectContaining({ message: expect.stringContaining(message), where: WHERE }),
  );
});
