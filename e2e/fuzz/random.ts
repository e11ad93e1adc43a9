/** Returns a whole number from 0 to below `end`. */
export type Random = (end: number) => number;

/** Numbers out of a seed, the same on every machine: mulberry32, which passes gjrand's tests and has one line of state. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  return (end) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  };
}

/** Returns one of a list. */
export function pick<T>(next: Random, list: readonly T[]): T {
  return list[next(list.length)];
}
