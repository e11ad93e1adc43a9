import { checkSeed } from './__tests__/fuzz.js';

// e2e/deflate-fuzz.e2e.spec.ts runs 1,000 more seeds, and 10,000 in `npm run test:long`; fuzz.mjs runs any number by hand.
describe('transcode over random archives, encoders, plans, chunks and damage', () => {
  it.each(Array.from({ length: 4 }, (_, i) => i * 10))('seeds from %i', async (first) => {
    for (let seed = first; seed < first + 10; seed++) await checkSeed(seed);
  });
});
