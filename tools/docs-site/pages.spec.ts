import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { itemOf, itemsOf, siteLink } from './pages.js';

const REPOSITORY = join(__dirname, '../..');
const source = join(REPOSITORY, 'docs/guide/booting.md');
const link = (href: string) => siteLink(REPOSITORY, href, source);

test('every page of the guide and of the reference is in the sidebar, by its heading', () => {
  for (const folder of ['guide', 'reference']) {
    const files = readdirSync(join(REPOSITORY, 'docs', folder)).filter((name) => name.endsWith('.md'));
    const items = itemsOf(REPOSITORY, folder, []);
    expect(items.map((item) => `${item.link.slice(folder.length + 2)}.md`).sort()).toEqual(files.sort());
  }
  expect(itemOf(REPOSITORY, 'guide', 'booting')).toEqual({
    text: /^# (.*)$/m.exec(readFileSync(source, 'utf8'))?.[1],
    link: '/guide/booting',
  });
});

test('what is named first comes first', () => {
  const [first, second] = itemsOf(REPOSITORY, 'guide', ['signatures', 'booting']);
  expect([first.link, second.link]).toEqual(['/guide/signatures', '/guide/booting']);
});

test('a link leads to a page of the site, or to a file of the repository', () => {
  expect(link('../reference/linuxkit-yml.md#files')).toBe('/reference/linuxkit-yml.md#files');
  expect(link('../../images/README.md')).toBe('/base-set.md');
  expect(link('../../nx.json')).toMatch(/^https:.*\/blob\/main\/nx\.json$/);
  for (const kept of ['https://example.org/x.md', '#here', '/guide/booting']) expect(link(kept)).toBe(kept);
});

test('a link to a file that is not there fails the build', () => {
  expect(() => link('nothing.md')).toThrow('docs/guide/booting.md: no file docs/guide/nothing.md');
});
