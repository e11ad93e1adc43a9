import { WHOLE } from '../sample.js';

/** Names that a file system holds and that some glob reads otherwise; each begins or ends in another special character. */
const SAMPLE = [
  'a[b]',
  '{{c}}',
  '(d)',
  'copy (2)',
  'e\\f',
  '@(g)',
  '*',
  '!h',
  '?i',
  '{open',
  'close}',
  '[j',
  'k,l',
  'é 日',
  '{options.m}',
  '+n:o',
];

/** What ASCII has beside letters, digits and the slash, each at the begin, at the end and between letters. */
const PUNCTUATION = [...' !"#$%&\'()*+,-.:;<=>?@[\\]^_`{|}~'].map((sign) => `${sign}a${sign}${sign}b${sign}`);

/** Names that differ in what a file system or a tool may take for the same. */
const ALIKE = ['é'.normalize('NFC'), 'é'.normalize('NFD'), 'Q', 'q', 'x.', 'x', 'con', '...', '\u200f', '😀'];

/** The sample of `npm test`, and the whole. */
export const HOSTILE_NAMES: readonly string[] = WHOLE ? [...SAMPLE, ...PUNCTUATION, ...ALIKE] : SAMPLE;
