import { nearest } from './nearest.js';

const KNOWN = ['memory', 'publish', 'cpus', 'capabilities', 'env'];

test.each([
  ['memroy', 'memory'],
  ['Memory', 'memory'],
  ['capabilites', 'capabilities'],
  ['cpu', 'cpus'],
  ['mem', 'memory'],
  ['environment', 'env'],
  ['e', undefined],
  ['foo', undefined],
  ['', undefined],
])('%j means %j', (name, meant) => expect(nearest(name, KNOWN)).toBe(meant));
