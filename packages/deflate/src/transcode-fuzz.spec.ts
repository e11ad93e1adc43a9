import { checkSeed } from './__tests__/fuzz.js';

// The same with 10,000 seeds is e2e/deflate-fuzz.e2e.spec.ts.
describe('transcode over random inputs, encoders, plans and chunks', () => {
  it.each(Array.from({ length: 10 }, (_, i) => i * 10))('seeds from %i', async (first) => {
    for (let seed = first; seed < first + 10; seed++) await checkSeed(seed);
  });
});
