/** Registries answer side by side, but a few at a time, because they count requests. */
const FEW = 4;

/**
 * Does the same with each item, a few at a time, and gives the results in order. After a failure it begins no further
 * one, and throws the first error once those that run have ended: nothing is told after the error.
 */
export async function fewAtATime<Item, Result>(
  items: readonly Item[],
  make: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const errors: unknown[] = [];
  const rest = items.entries();
  const work = async () => {
    for (const [i, item] of rest) {
      try {
        results[i] = await make(item);
      } catch (error) {
        errors.push(error);
      }
      if (errors.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: FEW }, work));
  if (errors.length > 0) throw errors[0];
  return results;
}
