import { checkSeed } from '../packages/deflate/src/__tests__/fuzz.js';

// Seeds 1,000 to 10,999; DEFLATE_FUZZ=first:count for others, by hand.
const [FIRST, COUNT] = (process.env.DEFLATE_FUZZ ?? '1000:10000').split(':').map(Number);
const STEP = 500;

describe('transcode over random inputs, encoders, plans and chunks', () => {
  const firsts = Array.from({ length: Math.ceil(COUNT / STEP) }, (_, i) => FIRST + i * STEP);
  it.each(firsts)(
    'seeds from %i',
    async (first) => {
      for (let seed = first; seed < Math.min(first + STEP, FIRST + COUNT); seed++) await checkSeed(seed);
    },
    600_000,
  );
});
