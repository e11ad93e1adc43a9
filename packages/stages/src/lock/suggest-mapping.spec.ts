import { OciError } from '@nx-linuxkit/oci';
import { suggestMapping } from './suggest-mapping.js';

const BASE = '@pkg:@nx-linuxkit/images/';
const missing = new OciError('not-found', 'no linuxkit/vsudd', { hint: 'Check the name.' });
const hintFor = (reference: string, targets: string[], images: Record<string, string | string[]>) =>
  (suggestMapping(missing, reference, targets, images) as OciError).hint;

test('a reference whose prefix leads to packages, none of which is it: the hint names the option', () => {
  expect(hintFor('linuxkit/vsudd:1', ['linuxkit/vsudd:1'], { 'linuxkit/': BASE })).toBe(
    `Check the name. The plugin option images takes linuxkit/ from ${BASE}, where there is no vsudd; name another image there for "linuxkit/vsudd".`,
  );
});

test.each<[string, string, string[], Record<string, string | string[]>]>([
  ['without the option', 'linuxkit/vsudd:1', ['linuxkit/vsudd:1'], {}],
  ['for another prefix', 'other/vsudd:1', ['other/vsudd:1'], { 'linuxkit/': BASE }],
  [
    'where a registry stands for it',
    'linuxkit/x:1',
    ['r.example/x:1'],
    { 'linuxkit/': [BASE, 'r.example/'] },
  ],
])('%s the hint stays as it is', (_, reference, targets, images) => {
  expect(hintFor(reference, targets, images)).toBe('Check the name.');
});
