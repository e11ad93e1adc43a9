/** Names that a file system holds and that some glob reads otherwise; each begins or ends in another special character. */
export const HOSTILE_NAMES = [
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
] as const;
