import { elementsAt, parseXml, textAt } from './xml.js';

it('reads elements, their text without prefixes, and attributes away', () => {
  const xml =
    '<?xml version="1.0"?>\n<a:List xmlns="x"><Item id="1"> one &amp; &#x31;&#50; </Item><Empty/><Item>two</Item></a:List>';
  const document = parseXml(xml);
  expect(elementsAt(document, 'List', 'Item').map(({ text }) => text)).toEqual(['one & 12', 'two']);
  expect(elementsAt(document, 'List', 'Empty')).toEqual([{ name: 'Empty', text: '', children: [] }]);
  expect(textAt(document, 'List', 'Absent')).toBe('');
});

it.each(['&#1114112;', '&#x110000;', `&#${'9'.repeat(400)};`, '&nbsp;', '&constructor;', '&;'])(
  'the reference %s names no character and stays',
  (reference) => expect(textAt(parseXml(`<a>${reference}</a>`), 'a')).toBe(reference),
);

it.each(['', 'no XML', '<', '<a', '</a></a>', '<!DOCTYPE html>', '< a>', '<<>>'])(
  '%s has no element',
  (text) => expect(parseXml(text).children).toEqual([]),
);

it('text behind the last tag belongs to no element', () =>
  expect(textAt(parseXml('<a><b> text'), 'a', 'b')).toBe(''));

it.each([
  ['begins of tags without an end', '<a '],
  ['begins of comments without an end', '<!'],
])('4 MiB of %s are read once, and have no element', (_, text) =>
  expect(parseXml(text.repeat((4 << 20) / text.length)).children).toEqual([]),
);

it('300,000 elements that nest need no stack', () => {
  let [element, depth] = [parseXml('<a>'.repeat(300_000)), 0];
  for (; element.children.length > 0; depth++) [element] = element.children;
  expect(depth).toBe(300_000);
});
