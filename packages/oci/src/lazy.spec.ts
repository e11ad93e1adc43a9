import { Lazy } from './lazy.js';
import { once } from './once.js';

/** Fails at the first call, then counts its calls. */
function failingOnce() {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls === 1) throw new Error('not yet');
    return calls;
  };
}

describe('a lazy value', () => {
  it('is made once for all callers, and not before the first', async () => {
    let calls = 0;
    const lazy = new Lazy(async () => (calls += 1));
    expect(await lazy.ifMade()).toBeUndefined();
    expect(await Promise.all([lazy.get(), lazy.get()])).toEqual([1, 1]);
    expect(await lazy.ifMade()).toBe(1);
  });

  it('is made again after a failure, which all waiting callers see', async () => {
    const lazy = new Lazy(failingOnce());
    const [one, two] = await Promise.allSettled([lazy.get(), lazy.get()]);
    expect([one.status, two.status]).toEqual(['rejected', 'rejected']);
    expect(await lazy.ifMade()).toBeUndefined();
    expect(await lazy.get()).toBe(2);
  });
});

describe('once', () => {
  it('makes the value of a key once, and again after a failure', async () => {
    const known = new Map<string, Promise<number>>();
    const make = failingOnce();
    await expect(once(known, 'a', make)).rejects.toThrow('not yet');
    expect(await Promise.all([once(known, 'a', make), once(known, 'a', make)])).toEqual([2, 2]);
    expect(await once(known, 'b', make)).toBe(3);
  });
});
