import type { RegistryClient } from '@nx-linuxkit/oci/registry';
import { listTags } from './tags.js';

/** A registry that answers with these texts, one after the other. */
const registry = (...pages: readonly { text: string; link?: string }[]) => {
  const answers = [...pages];
  return {
    call: async () => {
      const { text, link } = answers.shift()!;
      return {
        status: 200,
        url: new URL('https://r.example/v2/x'),
        headers: { link },
        text: async () => text,
      };
    },
  } as unknown as RegistryClient;
};

async function tagsOf(client: RegistryClient): Promise<string[]> {
  const tags: string[] = [];
  for await (const tag of listTags(client, 'r.example/x')) tags.push(tag);
  return tags;
}

it('follows pages of the same host', async () => {
  const link = '</v2/x/tags/list?last=a>; rel="next"';
  expect(await tagsOf(registry({ text: '{"tags":["a"]}', link }, { text: '{"tags":["b"]}' }))).toEqual([
    'a',
    'b',
  ]);
});

it.each(['null', '{}', '{"tags":null}', '{"tags":{}}', '{"tags":[1,{}]}'])(
  '%s lists no tag',
  async (text) => {
    expect(await tagsOf(registry({ text }))).toEqual([]);
  },
);

it.each([
  ['a page of something else', { text: '<html>' }],
  ['a page on another host', { text: '{"tags":[]}', link: '<https://evil.example/v2>; rel="next"' }],
])('%s is one error', async (_, page) => {
  await expect(tagsOf(registry(page))).rejects.toMatchObject({ code: 'damaged-entry' });
});

it.each([
  ['the same page', (): string => 'a'],
  ['another page each time', (page: number): string => `a${page}`],
])('a registry that names %s as the next one without end is one error', async (_, last) => {
  const link = (page: number) => `</v2/x/tags/list?last=${last(page)}>; rel="next"`;
  let page = 0;
  const endless = {
    call: async () => registry({ text: '{"tags":["a"]}', link: link(page++) }).call({} as never),
  } as unknown as RegistryClient;
  await expect(tagsOf(endless)).rejects.toMatchObject({
    code: 'damaged-entry',
    message: expect.stringContaining('the list of the tags of r.example/x does not end'),
  });
  expect(page).toBeLessThanOrEqual(10_000);
});
