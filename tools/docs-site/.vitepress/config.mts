import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitepress';
import { excluded, itemOf, itemsOf, PAGES, siteLink } from '../pages';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));

/** The order of the guide is that in which a person needs it; what is not named here follows by its file's name. */
const GUIDE = [
  'getting-started',
  'moving-from-linuxkit',
  'command',
  'booting',
  'packages-and-base-set',
  'dockerfiles',
];

/** Layers of an image. */
const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="#3c78d8">' +
  '<rect x="2" y="2" width="12" height="3"/><rect x="2" y="6.5" width="12" height="3"/><rect x="2" y="11" width="12" height="3"/></svg>';

/** Pages lie above the folder that has Vue, where the build for the server does not find it: it is loaded when that runs. */
const vueOfThisFolder: Plugin = {
  name: 'vue-of-this-folder',
  enforce: 'pre',
  resolveId: (id, _, { ssr }) => (ssr && /^vue(\/|$)/.test(id) ? { id, external: true } : undefined),
};

export default defineConfig({
  title: 'nx-linuxkit',
  description: 'Bootable Linux systems out of container images, as a cached build graph',
  base: process.env.DOCS_BASE ?? '/',
  head: [
    ['link', { rel: 'icon', type: 'image/svg+xml', href: `data:image/svg+xml,${encodeURIComponent(ICON)}` }],
  ],
  srcDir: '../..',
  srcExclude: excluded(REPOSITORY),
  rewrites: { ...PAGES },
  cleanUrls: true,
  lastUpdated: false,
  vite: { plugins: [vueOfThisFolder] },
  // A link to a page that is not there fails the build.
  ignoreDeadLinks: 'localhostLinks',
  markdown: {
    languageAlias: { Dockerfile: 'docker' },
    config: (md) => {
      md.core.ruler.push('repository-links', (state) => {
        for (const token of state.tokens.flatMap(({ children }) => children ?? [])) {
          const href = token.type === 'link_open' ? token.attrGet('href') : null;
          if (href !== null)
            token.attrSet(
              'href',
              siteLink(REPOSITORY, href, (state.env.realPath ?? state.env.path) as string),
            );
        }
      });
      // Vue would take two braces for one of its expressions.
      for (const name of ['text', 'code_inline'] as const) {
        const render = md.renderer.rules[name]!;
        md.renderer.rules[name] = (...args) => render(...args).replaceAll('{{', '&#123;&#123;');
      }
      const fence = md.renderer.rules.fence!;
      md.renderer.rules.fence = (tokens, index, ...rest) =>
        tokens[index].info.trim() === 'mermaid'
          ? `<Diagram source="${encodeURIComponent(tokens[index].content)}" />`
          : fence(tokens, index, ...rest);
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guide', link: '/guide/getting-started' },
      { text: 'Reference', link: '/reference/linuxkit-yml' },
      { text: 'Base set', link: '/base-set' },
      { text: 'How it works', link: '/architecture' },
    ],
    sidebar: [
      { text: 'Guide', items: itemsOf(REPOSITORY, 'guide', GUIDE) },
      {
        text: 'Reference',
        items: itemsOf(REPOSITORY, 'reference', ['linuxkit-yml', 'build-yml', 'plugin-options']),
      },
      {
        text: 'What there is',
        items: [
          { text: 'Base set', link: '/base-set' },
          { text: 'Examples', link: '/examples' },
          ...['formats', 'linuxkit-differences', 'performance', 'security'].map((name) =>
            itemOf(REPOSITORY, '', name),
          ),
        ],
      },
      {
        text: 'How it works',
        items: [
          itemOf(REPOSITORY, '', 'architecture'),
          { text: 'Contributing', link: '/contributing' },
          { text: 'Changelog', link: '/changelog' },
        ],
      },
    ],
    socialLinks: [{ icon: 'github', link: 'https://github.com/nx-linuxkit/nx-linuxkit' }],
  },
});
