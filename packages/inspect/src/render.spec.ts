import { SAMPLE } from './__tests__/sample-system.js';
import { inspectPage } from './index.js';

const page = inspectPage(SAMPLE);

/** The data that the page holds. */
function dataOf(html: string): string {
  const [, data] = /<script type="application\/json" id="system">([^]*?)<\/script>/.exec(html) ?? [];
  return data;
}

it('a page holds the system that it was made of, and equal systems give equal bytes', () => {
  expect(JSON.parse(dataOf(page))).toEqual(SAMPLE);
  expect(inspectPage(structuredClone(SAMPLE))).toBe(page);
});

it('a name that ends a script stays data', () => {
  expect(dataOf(inspectPage({ ...SAMPLE, name: '</script><script>alert(1)</script>' }))).toContain(
    '\\u003c/script>',
  );
  expect(page.match(/<script/g)).toHaveLength(2);
});

it('a name with markup is text in the title', () => {
  expect(inspectPage({ ...SAMPLE, name: '<b>$&' })).toContain(
    '<title>&#60;b&#62;$&#38; · nx-linuxkit</title>',
  );
});

it('nothing is loaded: the page names no address, no import and no file, and its policy forbids all', () => {
  const own = page.replace(dataOf(page), '');
  expect(own).toContain(`content="default-src 'none'`);
  expect(own).not.toMatch(/\b(?:src|href)\s*=\s*["']?(?!#|data:)[a-z/.]/i);
  expect(own).not.toMatch(/url\(|@import|\bfetch\(|XMLHttpRequest|WebSocket|import\(/);
});

it('a page without the data of a system stays below 64 kB', () => {
  expect(page.length - dataOf(page).length).toBeLessThan(64_000);
});
