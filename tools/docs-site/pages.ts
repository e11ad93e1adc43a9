import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, posix, relative } from 'node:path';

const SOURCES = 'https://github.com/nx-linuxkit/nx-linuxkit/blob/main';

/** The pages: files of the repository, and where they lie on the site. The Markdown stays where it is. */
export const PAGES: Readonly<Record<string, string>> = {
  'tools/docs-site/index.md': 'index.md',
  'docs/:path*': ':path*',
  'images/README.md': 'base-set.md',
  'examples/README.md': 'examples.md',
  'CONTRIBUTING.md': 'contributing.md',
  'CHANGELOG.md': 'changelog.md',
};

/** An entry of the sidebar. */
export interface Item {
  readonly text: string;
  readonly link: string;
}

/** Everything that is no page: VitePress would take every Markdown file of the repository. */
export function excluded(repository: string): string[] {
  const pages = ['docs', 'images', 'examples', 'tools'];
  const folders = readdirSync(repository, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !pages.includes(entry.name))
    .map(({ name }) => `${name}/**`);
  return [
    ...folders,
    'README.md',
    'docs/schemastore/**',
    'images/*/**',
    'examples/*/**',
    'tools/!(docs-site)/**',
    'tools/docs-site/node_modules/**',
    '**/node_modules/**',
  ];
}

/** The pages of a folder of docs, those that are named first. */
export function itemsOf(repository: string, folder: string, first: readonly string[]): Item[] {
  const names = readdirSync(join(repository, 'docs', folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => basename(name, '.md'));
  return [...first, ...names.filter((name) => !first.includes(name)).sort()].map((name) =>
    itemOf(repository, folder, name),
  );
}

/** The heading of a page is its name in the sidebar. */
export function itemOf(repository: string, folder: string, name: string): Item {
  const text = readFileSync(join(repository, 'docs', folder, `${name}.md`), 'utf8');
  return {
    text: /^# (.*)$/m.exec(text)?.[1].replaceAll('`', '') ?? name,
    link: posix.join('/', folder, name),
  };
}

/**
 * Where a link of a Markdown file leads on the site: to a page, or to the file in the repository. Throws for a file that
 * the repository does not have.
 */
export function siteLink(repository: string, href: string, source: string): string {
  if (/^([a-z]+:|#|\/)/.test(href)) return href;
  const [path, fragment] = href.split('#');
  const file = relative(repository, join(dirname(source), path)).replaceAll('\\', '/');
  if (!existsSync(join(repository, file)))
    throw new Error(`${relative(repository, source)}: no file ${file}`);
  const page = pageOf(file);
  const target = page === undefined ? `${SOURCES}/${file}` : `/${page}`;
  return fragment === undefined ? target : `${target}#${fragment}`;
}

/** The page that a file of the repository is, as a path of the site's sources; undefined if it is none. */
export function pageOf(file: string): string | undefined {
  if (!file.endsWith('.md') || file.startsWith('docs/schemastore/')) return undefined;
  if (file.startsWith('docs/')) return file.slice('docs/'.length);
  return PAGES[file];
}
