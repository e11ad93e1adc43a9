/** Whether suites run whole, as in `npm run test:long`. In `npm test` they run a fixed sample. */
export const WHOLE = process.env.TEST_LONG === '1';

/** The cases of a matrix that run: all of them, or those of the sample. */
export function sampleOf<Case>(cases: readonly Case[], isInSample: (one: Case) => boolean): Case[] {
  return cases.filter((one) => WHOLE || isInSample(one));
}
