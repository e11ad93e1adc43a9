import { bytesContent } from '@nx-linuxkit/tree';
import { contentAsImage, lyingContent } from '../__tests__/tools.js';
import { imageContent, makeImage, placeImages, readImage, type Image } from './image.js';

const bytesOf = async (image: Image, start?: number, end?: number): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readImage(image, start, end)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1').replaceAll('\0', '.');
};

const image = makeImage(12, [
  { offset: 7, content: bytesContent('def') },
  { offset: 2, content: bytesContent('abc') },
  { offset: 5, content: bytesContent('') },
]);

test('an image is its extents over zeros, whatever their order', async () => {
  expect(await bytesOf(image)).toBe('..abc..def..');
});

test('every slice that is read equals that slice of the whole', async () => {
  const whole = await bytesOf(image);
  for (let start = 0; start <= 12; start++) {
    for (let end = start; end <= 12; end++)
      expect(await bytesOf(image, start, end)).toBe(whole.slice(start, end));
  }
});

test('images can be placed in an image, and can be its content', async () => {
  const parts = [
    { offset: 1, image },
    { offset: 13, image: contentAsImage(bytesContent('xyz')) },
  ];
  expect(await bytesOf(placeImages(17, parts))).toBe('...abc..def..xyz.');
  expect(await bytesOf(contentAsImage(imageContent(image)))).toBe('..abc..def..');
});

test.each([
  ['overlap', 9, 8],
  ['end beyond the image', 8, 6],
])('extents must not %s', (_, size, offset) => {
  expect(() =>
    makeImage(size, [
      { offset: 0, content: bytesContent(offset === 8 ? '123456789' : '1') },
      { offset, content: bytesContent('abc') },
    ]),
  ).toThrow(RangeError);
});

test('the id of an image’s source follows the bytes and their places', () => {
  const at = (offset: number, text: string): string =>
    imageContent(makeImage(20, [{ offset, content: bytesContent(text) }])).source.id;
  expect(at(1, 'a')).toBe(at(1, 'a'));
  expect(new Set([at(1, 'a'), at(2, 'a'), at(1, 'b')]).size).toBe(3);
});

test('a source that gives more bytes than its size says is an error', async () => {
  await expect(bytesOf(contentAsImage(lyingContent('0123456789', 5)))).rejects.toThrow(
    expect.objectContaining({ code: 'short-content' }),
  );
});
