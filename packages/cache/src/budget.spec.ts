import { Budget } from './budget.js';

/** A clock that the test sets. */
function budgetOf(milliseconds: number) {
  let now = 0;
  const budget = new Budget(milliseconds, () => now);
  const fail = (took: number) =>
    budget
      .during(async () => {
        now += took;
        throw new Error('down');
      })
      .catch(() => undefined);
  return { budget, fail, pass: (time: number) => (now += time) };
}

test('is spent once failures took as long, and is asked again after a minute', async () => {
  const { budget, fail, pass } = budgetOf(20_000);
  await fail(15_000);
  expect(budget.isSpent).toBe(false);
  await fail(5000);
  expect(budget.isSpent).toBe(true);
  pass(60_000);
  expect(budget.isSpent).toBe(false);
  await fail(1);
  expect(budget.isSpent).toBe(true);
});

test('is spent by twenty failures that took no time', async () => {
  const { budget, fail } = budgetOf(20_000);
  for (let i = 0; i < 19; i++) await fail(0);
  expect(budget.isSpent).toBe(false);
  await fail(0);
  expect(budget.isSpent).toBe(true);
});

test('costs nothing when it works', async () => {
  const { budget, pass } = budgetOf(1);
  await budget.during(async () => pass(1e9));
  expect(budget.isSpent).toBe(false);
});
