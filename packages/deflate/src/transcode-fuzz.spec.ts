import { checkSeed } from './__tests__/fuzz.js';

// 10,000 seeds are e2e/deflate-fuzz.e2e.spec.ts, any number by hand is fuzz.mjs.
describe('transcode over random archives, encoders, plans, chunks and damage', () => {
  it.each(Array.from({ length: 10 }, (_, i) => i * 10))('seeds from %i', async (first) => {
    for (let seed = first; seed < first + 10; seed++) await checkSeed(seed);
  });
});
